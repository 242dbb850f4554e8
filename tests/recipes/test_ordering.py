"""By cost, upwards only while unsure: who is asked about what, what it spares, and that neighbours change nothing."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest

from kyara import extract
from kyara.flow import NOTHING, Kind, Reading, View
from kyara.fuse import Fuser
from kyara.recipes.asking import Asking
from kyara.recipes.ordering import Ordering
from kyara.records import Evidence, Sample, Sighting
from kyara.settings import PATIENCE
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary(None)
ATTRIBUTES = VOCABULARY.names


class Sayer:
    """Says of each text what it was told to say, and keeps what it was asked."""

    version, batch_size = "1", 64

    def __init__(
        self,
        name: str,
        cost: float,
        says: Mapping[str, Mapping[str, tuple[str, float]]],
        silent: Collection[str] = (),
        inputs: Collection[Kind] = ("text",),
    ) -> None:
        self.name, self.cost, self.says = name, cost, says
        self.silent, self.inputs = frozenset(silent), frozenset(inputs)
        self.asked: list[tuple[str, frozenset[str] | None]] = []

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        self.asked += [(view.text, view.asked) for view in views]
        return [
            Reading(
                tuple(Evidence.of(self, a, {label: p}) for a, (label, p) in self.says.get(view.text, {}).items()),
                silent=self.silent,
            )
            for view in views
        ]


def view(text: str | None) -> View:
    return View(Sample(str(text), str(text), "u", text=text, sightings=(Sighting(),)), 0)


def ordering(*sayers: Sayer, until: float | None = 0.9) -> Ordering:
    fuser = Fuser(VOCABULARY, "confidence-weighted", 0.5)
    made = Ordering([Asking(sayer, PATIENCE, False) for sayer in sayers], ATTRIBUTES, fuser)
    made.until = until
    return made


HAIR = {"hair_color": ("red", 0.97)}
ALL = {a.name: (a.labels[0].name, 0.99) for a in VOCABULARY.attributes}


def test_without_a_confidence_everybody_is_asked_in_the_order_given() -> None:
    dear, cheap = Sayer("dear", 9, {"a": HAIR}), Sayer("cheap", 1, {"a": ALL})
    made = ordering(dear, cheap, until=None)
    ((first, second),) = (heard.answers for heard in made([view("a")]))
    assert (first.evidence[0].extractor, second.evidence[0].extractor) == ("dear", "cheap")
    assert dear.asked == [("a", None)]
    assert made.counts == {}


def test_the_dear_are_asked_only_what_is_open_and_not_at_all_where_nothing_is() -> None:
    cheap = Sayer("cheap", 1, {"sure": ALL, "half": HAIR, "unsure": {"hair_color": ("red", 0.7)}})
    dear = Sayer("dear", 9, {})
    made = ordering(dear, cheap)
    answers = made([view(text) for text in ("sure", "half", "unsure", "silent", None)])
    everything = frozenset(ATTRIBUTES)
    assert cheap.asked == [(text, everything) for text in ("sure", "half", "unsure", "silent")]
    assert dear.asked == [("half", everything - {"hair_color"}), ("unsure", everything), ("silent", everything)]
    assert answers[0].answers[1] is NOTHING
    assert made.counts == {"cheap": (4, 0), "dear": (3, 1)}


def test_what_was_not_asked_is_not_used() -> None:
    cheap, dear = Sayer("cheap", 1, {"half": HAIR}), Sayer("dear", 9, {"half": {"hair_color": ("blue", 0.99)}})
    ((_, reading),) = (heard.answers for heard in ordering(cheap, dear)([view("half")]))
    assert reading.evidence == ()


def test_what_the_text_is_silent_of_is_asked_of_nobody_else_who_reads_the_text_alone() -> None:
    rules = Sayer("rules", 1, {"half": HAIR, "unsure": {"hair_color": ("red", 0.7)}})
    sentence = Sayer("sentence", 2, {}, silent={"hair_color", "eye_color"})
    nli, both = Sayer("nli", 3, {}), Sayer("both", 4, {}, inputs=("text", "tags"))
    ordering(rules, sentence, nli, both)([view("half"), view("unsure")])
    everything = frozenset(ATTRIBUTES)
    open_for_all = [("half", everything - {"hair_color"}), ("unsure", everything)]
    assert sentence.asked == both.asked == open_for_all
    assert nli.asked == [(text, left - {"eye_color"}) for text, left in open_for_all]  # rules did speak of the hair


def test_neighbours_change_nothing() -> None:
    texts = ["sure", "half", "unsure", "silent"]
    says = {"sure": ALL, "half": HAIR}
    late = {text: {"eye_color": ("blue", 0.95), "hair_color": ("blue", 0.9)} for text in texts}
    alone = {text: ordering(Sayer("c", 1, says), Sayer("d", 9, late))([view(text)])[0] for text in texts}
    for some in itertools.permutations(texts):
        together = ordering(Sayer("c", 1, says), Sayer("d", 9, late))([view(text) for text in some])
        assert dict(zip(some, together, strict=True)) == alone


@pytest.mark.parametrize("workers", [1, 2])
def test_in_a_run_the_calls_spared_are_counted(tmp_path: Path, workers: int) -> None:
    (tmp_path / "in.csv").write_text("tags,text\n" + "red_hair,she has long red hair\n" * 30)
    out = tmp_path / f"out{workers}"
    asked = {"extractors": "tags,text", "catalogue": "none", "shard_size": 10, "workers": workers}
    result = extract(tmp_path / "in.csv", out=out, until_confidence=0.9, **asked)
    asked_of, spared = result.tally.order["tags"]
    assert asked_of + spared == 30
    assert result.tally.order["text"] == (30, 0)
    whole = extract(tmp_path / "in.csv", out=tmp_path / "whole", **asked)
    assert whole.tally.order == {}
    assert whole.tally.decided.keys() == result.tally.decided.keys()
