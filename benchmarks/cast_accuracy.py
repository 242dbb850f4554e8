"""What each source says of the drawn cast, what the six fusions make of it, and how they fare with planted faults.

One unit is one attribute of one drawn character that is true of it: right where an answer is decided and every label
of it is true, wrong where one is not, else abstained. What is answered where nothing is true is counted apart. The
cast is drawn by the project itself, so no figure here meets a real-world goal. As a check that truth is looked at,
it fails where less than 0.6 of the default fusion's answers are right. `--broken` gives every picture the truth of
another; it must fail.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kyara import extract
from kyara.demo.cast import pictures
from kyara.demo.files import write_picture
from kyara.flow import Kind
from kyara.fuse import STRATEGIES, Fuser
from kyara.records import Evidence, Value
from kyara.vocabulary import load_vocabulary

HEADING = "drawn cast: meets no real-world goal"
KINDS: dict[str, Kind] = {"tags": "tags", "text": "text", "histogram": "pixels"}
DEFAULT = "confidence-weighted"
SANE = 0.6
DEFAULT_ROW = f"all, {DEFAULT}"
OUTCOMES = ("right", "abstained", "wrong")
TRUE = "True attributes"
SPOILT = "Attributes spoilt in the sidecar: one tag dropped, wrong, misspelt or added; or all tags of a character gone"
WHOLE = ("empty", "one_only")  # faults that take a whole character's tags away
Truth = dict[str, Any]
Judge = Callable[[Sequence[Evidence]], tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Person:
    """One drawn character of one picture: what was said of it, what is true, and which fault spoils which attribute."""

    evidence: tuple[Evidence, ...]
    truth: dict[str, list[str]]
    spoilt: dict[str, str]
    alone: bool


def read_cast(folder: Path, every: int, broken: bool) -> list[Person]:
    """Draw every so-manieth picture into `folder` and let all extractors read them."""
    truths = [write_picture(picture, folder) for picture in pictures()[::every]]
    by_file = {row["file"]: row for row in truths}
    if broken:
        moved = [*truths[len(truths) // 2 :], *truths[: len(truths) // 2]]
        by_file = {row["file"]: other for row, other in zip(truths, moved, strict=True)}
    people = []
    for sample in extract(folder, extractors=tuple(KINDS), cache="none"):
        row = by_file[sample.key]
        for sighting, who in zip(sample.sightings, row["characters"], strict=not broken):
            people.append(Person(sighting.evidence, who["attributes"], spoilt(row, who), len(sample.sightings) == 1))
    return people


def spoilt(row: Truth, who: Truth) -> dict[str, str]:
    """attribute → kind of the fault planted in what the sidecar says of it."""
    found: dict[str, str] = {}
    for fault in row["faults"]:
        kind, named = fault["kind"], fault["who"] == who["id"]
        if kind in WHOLE:
            hit = named if kind == "empty" else not named  # one_only names the one who is tagged
            found |= dict.fromkeys((a for a, labels in who["attributes"].items() if labels), kind) if hit else {}
        elif named:
            found[fault["attribute"]] = kind
    return found


def judges() -> dict[str, Judge]:
    """Each source alone and each fusion of all, as functions from evidence to values."""
    vocabulary = load_vocabulary()

    def alone(name: str) -> Judge:
        fuser = Fuser(vocabulary, DEFAULT, kinds=KINDS)
        return lambda evidence: fuser([e for e in evidence if e.extractor == name])

    sources = {f"{name} alone": alone(name) for name in KINDS}
    return sources | {f"all, {name}": Fuser(vocabulary, name, kinds=KINDS) for name in STRATEGIES}


def outcome(value: Value | None, true: list[str]) -> str:
    """right, wrong or abstained; `extra` where something is answered and nothing is true, "" where nothing is said."""
    answered = value.labels if value is not None and value.decided else ()
    if not true:
        return "extra" if answered else ""
    if not answered:
        return "abstained"
    return "right" if set(answered) <= set(true) else "wrong"


def outcomes(people: list[Person], judge: Judge) -> Iterator[tuple[str, str]]:
    """(outcome, kind of the planted fault or "") of every attribute of every person."""
    for person in people:
        values = {value.attribute: value for value in judge(person.evidence)}
        for attribute, true in person.truth.items():
            yield outcome(values.get(attribute), true), person.spoilt.get(attribute, "")


def tables(people: list[Person]) -> list[dict[str, Any]]:
    """The two tables of the page."""
    found = {name: list(outcomes(people, judge)) for name, judge in judges().items()}
    shares = [[name, *shares_of(items)] for name, items in found.items()]
    for title, alone in (("pictures of one", True), ("pictures of two", False)):
        some = outcomes([person for person in people if person.alone is alone], judges()[DEFAULT_ROW])
        shares.append([f"… {title}", *shares_of(list(some))])
    faults = [
        [name, *_counted(items, lambda kind: kind not in ("", *WHOLE)), *_counted(items, lambda kind: kind in WHOLE)]
        for name, items in found.items()
    ]
    return [
        {"title": TRUE, "columns": ["", *OUTCOMES, "right of answered", "where nothing is true"], "rows": shares},
        {
            "title": SPOILT,
            "columns": ["", *[f"{part}: {what}" for part in ("one tag", "all tags") for what in OUTCOMES]],
            "rows": faults,
        },
    ]


def right_of_answered(items: list[tuple[str, str]]) -> float:
    """The share of the answers to what has a truth that are right."""
    count = Counter(what for what, _ in items)
    return count["right"] / max(1, count["right"] + count["wrong"])


def shares_of(items: list[tuple[str, str]]) -> list[str]:
    """One row: the shares of right, abstained and wrong, right of answered, and how often nothing was true."""
    count = Counter(what for what, _ in items)
    total = sum(count[what] for what in OUTCOMES)
    shares = [*(count[what] / max(1, total) for what in OUTCOMES), right_of_answered(items)]
    return [*(f"{share:.3f}" for share in shares), str(count["extra"])]


def _counted(items: list[tuple[str, str]], is_kind: Callable[[str], bool]) -> list[str]:
    count = Counter(what for what, kind in items if is_kind(kind))
    return [str(count[what]) for what in OUTCOMES]


def main() -> int:
    """Draw, read, score; print two tables and one JSON line; 1 where truth seems not to matter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so-manieth picture")
    parser.add_argument("--broken", action="store_true", help="give every picture another's truth: must fail")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        people = read_cast(Path(folder), options.every, options.broken)
    made = tables(people)
    right = right_of_answered(list(outcomes(people, judges()[DEFAULT_ROW])))
    print(HEADING)
    for table in made:
        print(f"\n{table['title']}")
        for row in (table["columns"], *table["rows"]):
            print("".join(f"{cell:<28}" if i == 0 else f"{cell:>20.19}" for i, cell in enumerate(row)))
    result = {
        "benchmark": "cast_accuracy",
        "broken": options.broken,
        "heading": HEADING,
        "characters": len(people),
        "attributes": sum(bool(labels) for person in people for labels in person.truth.values()),
        "spoilt": sum(len(person.spoilt) for person in people),
        "right_of_answered": round(right, 4),
        "passed": right >= SANE,
        "tables": made,
    }
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
