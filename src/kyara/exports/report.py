"""The report: one HTML page that says what a run saw, self-contained, made for people.

Reads a result once for the counts, and of the samples that are shown their rows again, so memory does not grow with
the run. The page holds no script and reaches no network; its look is report.html and report.css.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from kyara.exports.cards import card
from kyara.exports.facts import SHORT_VERSION, run_facts
from kyara.exports.survey import BINS, Finding, Survey, dissents
from kyara.exports.thumbnails import thumbnail
from kyara.images import Limits
from kyara.records import Evidence, Sample, Sighting
from kyara.results.atomic import write_atomically
from kyara.results.columns import from_table
from kyara.results.folder import ResultFolder
from kyara.vocabulary import Vocabulary

MOST_CARDS = 60
FINDING_PX = 128


def write_report(folder: ResultFolder, path: Path, vocabulary: Vocabulary, most: int = MOST_CARDS) -> None:
    """Write the report of the run in `folder` to `path`, with at most `most` samples on its contact sheet.

    The same results give the same page. Raises OutputError when `folder` is no result or `path` cannot be written.
    """
    facts, limits = run_facts(folder), _limits(folder)
    survey = Survey()
    for sample in folder.samples():
        survey.add(sample)
    page = (
        _environment()
        .get_template("report.html")
        .render(
            css=Markup(files("kyara.exports").joinpath("report.css").read_text(encoding="utf-8")),
            facts=facts,
            survey=survey,
            spreads=[(n, survey.spreads[n]) for n in _ordered(survey.spreads, vocabulary)],
            titles={attribute.name: attribute.title for attribute in vocabulary.attributes},
            cards=(card(sample, limits) for sample in _shown_of(folder, spread_evenly(survey.described, most))),
            findings={"contradictory": survey.contradictory.ranked(), "uncertain": survey.uncertain.ranked()},
            most_shown=min(most, survey.described),
            look=lambda finding: _look(finding, limits),
        )
    )
    data = page.encode("utf-8", "replace")
    write_atomically(path, lambda temporary: _write(temporary, data))


def spread_evenly(count: int, most: int) -> frozenset[int]:
    """At most `most` of the numbers 0 … `count` - 1, evenly apart; all of them where they are no more."""
    return frozenset(range(count)) if count <= most else frozenset(i * count // most for i in range(most))


def _shown_of(folder: ResultFolder, wanted: Collection[int]) -> Iterator[Sample]:
    """The described samples with these numbers, read while the page is written: of each part their rows alone."""
    first = 0
    for part in folder.parts():
        file = pq.ParquetFile(part)
        described = np.flatnonzero(file.read(["skip"])["skip"].is_null())
        rows = [row for number, row in enumerate(described.tolist(), first) if number in wanted]
        first += len(described)
        if rows:
            yield from from_table(file.read().take(rows))


def _look(finding: Finding, limits: Limits) -> object:
    """The thumbnail of a finding: the head, else the body, else the whole picture; None where there is no picture."""
    if not finding.sample.width:
        return None
    box = finding.sighting.head or finding.sighting.body
    return thumbnail(finding.sample, box, FINDING_PX, limits)


def _limits(folder: ResultFolder) -> Limits:
    return Limits(**folder.identity().get("images", {}))


def _ordered(found: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """The attributes in the vocabulary's order; those it does not know (an older one's) come last, by name."""
    known = {name: place for place, name in enumerate(vocabulary.names)}
    return sorted(found, key=lambda name: (known.get(name, len(known)), name))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("kyara", "exports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "words": lambda name: name.replace("_", " "),
        "short": lambda version: version[:SHORT_VERSION],
        "number": lambda count: f"{count:,}",
        "clip": lambda text, most: text if len(text) <= most else text[: most - 1] + "…",
    }
    environment.globals |= {"trail": trail, "dissents": dissents, "bins": BINS}
    environment.tests["thumbnail"] = lambda picture: hasattr(picture, "source")
    return environment


def _shown(value: object) -> object:
    """What HTML itself would swallow stays visible or whole: NUL as its symbol, a carriage return as a reference."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup(str(escape(value)).replace("\0", "␀").replace("\r", "&#13;"))
    return value


def percent(probability: float) -> str:
    """A probability as people read it; only certainty is 100 %."""
    if 0.995 <= probability < 1:
        return ">99%"
    return "<1%" if 0 < probability < 0.005 else f"{probability:.0%}"


def trail(sighting: Sighting, attribute: str) -> list[Evidence]:
    """All evidence of a sighting for one attribute, in the order it was given."""
    return [item for item in sighting.evidence if item.attribute == attribute]


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
