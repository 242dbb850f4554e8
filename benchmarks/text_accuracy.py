"""How right and how complete the text extractor is on descriptions with known attributes.

An answer is a label of probability >= 0.5. One-of attribute: one answer per person, right when its label is (one of)
the true; stated is answered when the person has any answer. Many-of: every label is an answer of its own, right when
true; a stated label is answered when it is given. An answer to what the text does not state is wrong. People found
are matched to the true ones so that most answers are right; answers about people who are not there are all wrong.
`--broken` scores against another description's truth and must fail.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

from kyara.extractors.text.account import Account, read_account
from kyara.extractors.text.lexicon import compile_lexicon
from kyara.vocabulary import Vocabulary, load_vocabulary

RIGHT_GOAL, ANSWERED_GOAL = 0.90, 0.80
ANSWER = 0.5
MOST_PERMUTED = 5
Truth = dict[str, Any]


@dataclass
class Tally:
    """Counts of one row of the table."""

    answers: int = 0
    right: int = 0
    stated: int = 0
    met: int = 0

    def add(self, other: Tally) -> None:
        self.answers, self.right = self.answers + other.answers, self.right + other.right
        self.stated, self.met = self.stated + other.stated, self.met + other.met

    @property
    def shares(self) -> tuple[float, float]:
        return self.right / max(1, self.answers), self.met / max(1, self.stated)


@dataclass
class Scored:
    """One description's score: a tally per attribute and what went wrong, in words."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def gain(self) -> int:
        return sum(2 * t.right - t.answers + t.met for t in self.tallies.values())


def answers(person: dict[str, Any], vocabulary: Vocabulary) -> dict[str, list[str]]:
    """The labels of probability >= 0.5 of each attribute; of a one-of attribute the best alone."""
    given = {}
    for attribute, said in person.items():
        labels = sorted((lab for lab, p in said.scores.items() if p >= ANSWER), key=lambda lab: -said.scores[lab])
        if labels:
            given[attribute] = labels[:1] if vocabulary[attribute].one_of else labels
    return given


def score_person(given: dict[str, list[str]], truth: Truth, either: Truth, vocabulary: Vocabulary) -> Scored:
    """One person's answers against the truth; labels in `either` are said of the group and count as neither."""
    scored = Scored()
    for attribute in vocabulary.names:
        true, said = truth.get(attribute, []), given.get(attribute, [])
        said = [label for label in said if label in true or label not in either.get(attribute, [])]
        right = sum(label in true for label in said)
        one_of = vocabulary[attribute].one_of
        stated = bool(true) if one_of else len(true)
        met = bool(true) and bool(said) if one_of else right
        scored.tallies[attribute] = Tally(len(said), right, int(stated), int(met))
        if len(said) > right:
            scored.errors.append(f"{attribute}: said {said}, true {true}")
        if met < stated:
            scored.errors.append(f"{attribute}: unanswered of {true}, said {said}")
    return scored


def score_text(account: Account, row: Truth, vocabulary: Vocabulary) -> Scored:
    """One description under the best matching of people found to people true."""
    given = [answers(person, vocabulary) for person in account]
    people: list[Truth] = list(row["people"])
    size = max(len(given), len(people))
    given += [{}] * (size - len(given))
    people += [{}] * (size - len(people))
    orders: Iterator[tuple[int, ...]] | list[tuple[int, ...]]
    orders = permutations(range(size)) if size <= MOST_PERMUTED else [tuple(range(size))]
    best = Scored()
    for n, order in enumerate(orders):
        total = Scored({a: Tally() for a in vocabulary.names})
        for said, place in zip(given, order, strict=True):
            part = score_person(said, people[place], row.get("shared", {}), vocabulary)
            total.errors += part.errors
            for attribute, tally in part.tallies.items():
                total.tallies[attribute].add(tally)
        if n == 0 or total.gain > best.gain:
            best = total
    return best


def main() -> int:
    """Score a file of descriptions, print the tables and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "data" / "descriptions.jsonl"
    parser.add_argument("path", type=Path, nargs="?", default=default, help="JSONL of descriptions")
    parser.add_argument("--worst", type=int, default=0, help="print the errors of so many descriptions")
    parser.add_argument("--broken", action="store_true", help="score against another description's truth: must fail")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.path.read_text(encoding="utf-8").splitlines() if line.strip()]
    vocabulary = load_vocabulary()
    lexicon = compile_lexicon(vocabulary)
    truths = rows[7:] + rows[:7] if options.broken else rows
    by_attribute, by_style, all_of = {a: Tally() for a in vocabulary.names}, {}, Tally()  # type: dict[str, Tally], dict[str, Tally], Tally
    wrong: list[tuple[int, Truth, list[str]]] = []
    counts: Counter[bool] = Counter()
    for row, truth in zip(rows, truths, strict=True):
        announced, account = read_account(row["text"], lexicon)
        counts[(announced or 0) == len(row["people"])] += 1
        scored = score_text(account, truth, vocabulary)
        for attribute, tally in scored.tallies.items():
            by_attribute[attribute].add(tally)
            by_style.setdefault(row["style"], Tally()).add(tally)
            by_style.setdefault("(hard)" if row.get("hard") else "(not hard)", Tally()).add(tally)
            all_of.add(tally)
        if scored.errors:
            wrong.append((len(scored.errors), row, scored.errors))
    table("attribute", by_attribute)
    table("style", by_style)
    for _, row, errors in sorted(wrong, key=lambda w: -w[0])[: options.worst]:
        print(f"\n{row['id']} {row['text']}\n   " + "\n   ".join(errors))
    return verdict(options.path.name, len(rows), all_of, counts[True] / max(1, len(rows)), options.broken)


def table(title: str, tallies: dict[str, Tally]) -> None:
    """Print right-of-answered and answered-of-stated for every row."""
    print(f"{title:<20}{'answers':>8}{'right':>8}{'stated':>8}{'answered':>10}")
    for name, tally in tallies.items():
        right, met = tally.shares
        print(f"{name:<20}{tally.answers:>8}{right:>8.3f}{tally.stated:>8}{met:>10.3f}")


def verdict(name: str, count: int, tally: Tally, people_right: float, broken: bool) -> int:
    """Print the JSON line; 0 where both goals are met."""
    right, met = tally.shares
    passed = right >= RIGHT_GOAL and met >= ANSWERED_GOAL
    line = {"benchmark": "text_accuracy", "file": name, "descriptions": count, "answers": tally.answers,
            "right_of_answered": round(right, 4), "stated": tally.stated, "answered_of_stated": round(met, 4),
            "people_counted_right": round(people_right, 4), "broken": broken, "passed": passed}  # fmt: skip
    print(json.dumps(line))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
