"""The faces labelled by looking: what a label allows, and how far the noisy labels of the pack agree with them.

Three readings. Confirmed: the pack's label where the looking allows it, else the looking's first value; one label a
face, and what goals are held against. Strict: the looking's first value only. Lenient: either of its values.
`print_agreement` compares: `PYTHONPATH=benchmarks python -c "import builtin_faces as f; f.print_agreement()"`. It knows
no model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from builtin_splits import FACES, PACKS, SPLITS, read

CHECKED, UNCLEAR = "faces_checked.csv", "unclear"
ATTRIBUTES = ("hair_color", "eye_color")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many answers there are for checked faces, and how many are right by either reading."""

    answers: int
    strict: int
    lenient: int
    by_label: dict[str, tuple[int, int]]  # checked label -> (right by the strict reading, how many)
    confusions: Counter[tuple[str, str]]  # (checked label, answer that even the lenient reading calls wrong)


def checked(attribute: str, folder: Path = SPLITS) -> dict[str, tuple[str, ...]]:
    """id -> (label,) or (likelier label, other label) of every face of which it can be said."""
    rows = {row["id"]: row[attribute] for row in read(CHECKED, folder)}
    return {identifier: tuple(value.split("|")) for identifier, value in rows.items() if value != UNCLEAR}


def confirmed(seen: dict[str, tuple[str, ...]], pack: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The pack's labels (id -> label) checked by the looking: kept where it allows them, else corrected."""
    return {face: (pack[face] if pack[face] in labels else labels[0],) for face, labels in seen.items()}


def agreement(truth: dict[str, tuple[str, ...]], answers: dict[str, str]) -> Agreement:
    """Hold the answers (id -> label) of whoever answers against the checked labels; all of these must be answered."""
    pairs = [(labels, answers[identifier]) for identifier, labels in truth.items()]
    count = Counter(labels[0] for labels, _ in pairs)
    right = Counter(labels[0] for labels, answer in pairs if answer == labels[0])
    return Agreement(
        len(pairs),
        right.total(),
        sum(answer in labels for labels, answer in pairs),
        {label: (right[label], count[label]) for label in sorted(count)},
        Counter((labels[0], answer) for labels, answer in pairs if answer not in labels),
    )


def print_agreement(pack: Path = PACKS / FACES) -> None:
    """The pack's own labels, taken for answers; the looking's own, held against what it confirmed."""
    rows = pq.read_table(pack, columns=["id", *ATTRIBUTES]).to_pylist()
    for attribute in ATTRIBUTES:
        labels = {row["id"]: row[attribute] for row in rows}
        seen = checked(attribute)
        found, kept = agreement(seen, labels), agreement(confirmed(seen, labels), labels)
        own = agreement(confirmed(seen, labels), {face: values[0] for face, values in seen.items()})
        print(
            f"\n{attribute}: {found.answers} faces, strict {found.strict / found.answers:.3f},"
            f" lenient {found.lenient / found.answers:.3f}, confirmed {kept.strict / kept.answers:.3f};"
            f" the looking's own first values, confirmed {own.strict / own.answers:.3f}"
        )
        print("; ".join(f"{label} {right}/{count}" for label, (right, count) in found.by_label.items()))
        print("; ".join(f"{label} → {answer} {n}" for (label, answer), n in found.confusions.most_common()))
