"""Which real pictures the notes are judged on, and on which half each lies: decided before any rule was scored.

Every whole picture of the pack, and of both packs of faces the eighty that come first by a hash of their id. Twins
(`twins.py`) and crops of one picture stay together. A picture held out of the builtin head detector is held out here
too, so that notes that rest on heads can be judged on pictures the detector never learnt from; of the other groups a
hash takes as many as make half. What each picture shows was labelled by looking: data/notes/README.md.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

import twins
from builtin_splits import ILLUSTRATIONS_HELD_OUT, PACKS, SPLITS, part

WHOLE, CROPS, FACES = "illustrations_boxes", ("faces_hair_eye", "faces_identity"), 80
Chosen = dict[str, str]


def chosen(packs: Path = PACKS) -> list[Chosen]:
    """The pictures as pack, id, half (development, held-out) and group (equal for twins)."""
    return [*_illustrations(packs), *(row for name in CROPS for row in _faces(packs, name))]


def _illustrations(packs: Path) -> Iterator[Chosen]:
    rows = pq.read_table(packs / f"{WHOLE}.parquet", columns=["id", "image"]).to_pylist()
    with (SPLITS / ILLUSTRATIONS_HELD_OUT).open(encoding="utf-8", newline="") as file:
        unseen = {row["id"] for row in csv.DictReader(file)}
    first = list(range(len(rows)))  # of a group of twins, by row
    for one, two, _ in twins.pairs(twins.thumbnails([row["image"] for row in rows])):
        low, high = sorted((first[one], first[two]))
        first = [low if group == high else group for group in first]
    held = {group for row, group in zip(rows, first, strict=True) if row["id"] in unseen}
    share = (len(rows) / 2 - len(unseen)) / (len(rows) - len(unseen))
    for row, group in zip(rows, first, strict=True):
        name = rows[group]["id"]
        yield _row(WHOLE, row["id"], name, group in held or part(name, "notes illustrations") < share)


def _faces(packs: Path, name: str) -> Iterator[Chosen]:
    table = pq.read_table(packs / f"{name}.parquet")
    groups = table.column("source_md5" if "source_md5" in table.column_names else "id").to_pylist()
    pairs = [(str(one), str(group)) for one, group in zip(table.column("id").to_pylist(), groups, strict=True)]
    for one, group in sorted(pairs, key=lambda pair: hashlib.sha256(f"notes faces:{pair[0]}".encode()).hexdigest())[
        :FACES
    ]:
        yield _row(name, one, group, part(group, "notes faces half") < 0.5)


def _row(pack: str, name: str, group: str, held_out: bool) -> Chosen:
    return {"pack": pack, "id": name, "half": "held-out" if held_out else "development", "group": group}
