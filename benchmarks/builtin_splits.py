"""What the builtin models may learn from and what they are judged on, decided before any of them exists.

Twins (`twins.py`) stand on one side together. Faces: 15 % of the groups, by a hash of an id, so that the side of a
picture never depends on which others there are. Identities: four folds of three characters, chosen so that a fold is
hard by hair colour. Illustrations: a share of every source. The decisions lie in `data/builtin/` and are what counts;
`write_all` makes them anew: `PYTHONPATH=benchmarks python -c "import builtin_splits; builtin_splits.write_all()"`.
It knows no labels but the names of the characters, and no model.
"""

from __future__ import annotations

import csv
import hashlib
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import twins

PACKS = Path(__file__).resolve().parents[2] / "shared/data"
SPLITS = Path(__file__).resolve().parent / "data/builtin"
FACES, IDENTITIES, ILLUSTRATIONS = (f"{n}.parquet" for n in ("faces_hair_eye", "faces_identity", "illustrations_boxes"))
FACES_HELD_OUT, FACES_TO_CHECK = "faces_heldout.csv", "faces_to_check.csv"
ILLUSTRATIONS_HELD_OUT = "illustrations_heldout.csv"
FOLDS, IDENTITY_GROUPS, IDENTITY_EXCLUDED = "identity_folds.csv", "identity_groups.csv", "identity_excluded.csv"
CHECKED, CHECKED_SEED = 360, 4
FACES_SHARE, ILLUSTRATIONS_SHARE = 0.15, 0.28

Row = Mapping[str, Any]


def part(identifier: str, salt: str) -> float:
    """A number from 0 up to 1 that is the same for an identifier wherever and whenever it is asked for."""
    return int.from_bytes(hashlib.sha256(f"{salt}:{identifier}".encode()).digest()[:6], "big") / 2**48


def faces_held_out(rows: Sequence[Row], groups: Sequence[int]) -> list[dict[str, str]]:
    """The held-out faces, unlabelled ones too, since a twin of theirs may be labelled; `group` is equal for twins."""
    names = [str(rows[first]["id"]) for first in groups]
    return [
        {"id": row["id"], "group": name, "labelled": "yes" if row["hair_color"] and row["eye_color"] else "no"}
        for row, name in zip(rows, names, strict=True)
        if part(name, "builtin faces") < FACES_SHARE
    ]


def faces_to_check(held_out: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """360 labelled held-out faces drawn at random, no two of one group, in the order in which they are looked at."""
    by_group = {row["group"]: row["id"] for row in reversed(held_out) if row["labelled"] == "yes"}
    drawn = random.Random(CHECKED_SEED).sample(sorted(by_group.values(), key=int), CHECKED)
    return [{"number": str(number), "id": identifier} for number, identifier in enumerate(drawn, 1)]


def illustrations_held_out(rows: Sequence[Row], groups: Sequence[int]) -> list[dict[str, str]]:
    """Of every source whole groups of twins in the order of their hash, until they are its share of the pictures."""
    members: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row, first in zip(rows, groups, strict=True):
        members[rows[first]["source"]][rows[first]["id"]].append(row["id"])
    held_out = []
    for source, pictures in sorted(members.items()):
        wanted = math.ceil(ILLUSTRATIONS_SHARE * sum(map(len, pictures.values())))
        for name in sorted(pictures, key=lambda name: part(name, "builtin illustrations")):
            if wanted > 0:
                held_out += [{"id": member, "group": name, "source": source} for member in pictures[name]]
                wanted -= len(pictures[name])
    return held_out


def two_named(rows: Sequence[Row], pairs: Iterable[tuple[int, int, float]]) -> list[dict[str, str]]:
    """Crops whose twin bears another character's name: nobody can say who they are, so nobody learns or is judged."""
    clashing = [(one, two) for one, two, _ in pairs if rows[one]["character"] != rows[two]["character"]]
    return [
        {"id": rows[this]["id"], "twin": rows[that]["id"]} for pair in clashing for this, that in (pair, pair[::-1])
    ]


def identity_groups(rows: Sequence[Row], groups: Sequence[int]) -> list[dict[str, str]]:
    """Source pictures tied by twins: `group` names the first of them. A picture not listed is its own group."""
    name: dict[str, str] = {}

    def root(md5: str) -> str:
        while (other := name.get(md5, md5)) != md5:
            md5 = other
        return md5

    for row, first in zip(rows, groups, strict=True):
        low, high = sorted((root(row["source_md5"]), root(rows[first]["source_md5"])))
        name[high] = low
    tied = {md5: root(md5) for md5 in name}
    return [{"source_md5": md5, "group": group} for md5, group in sorted(tied.items()) if md5 != group]


def fold_rows(rows: Sequence[Row], fold: int, folder: Path = SPLITS) -> tuple[list[int], list[int]]:
    """(train, held-out) row numbers of one fold of faces_identity: held-out are all crops of its three characters;
    train are the others' crops, without those whose picture, or a twin of it, shows one of the three."""
    folds = {row["character"]: int(row["fold"]) for row in read(FOLDS, folder)}
    tied = {row["source_md5"]: row["group"] for row in read(IDENTITY_GROUPS, folder)}
    excluded = {row["id"] for row in read(IDENTITY_EXCLUDED, folder)}
    group = [tied.get(row["source_md5"], row["source_md5"]) for row in rows]
    usable = [i for i, row in enumerate(rows) if row["id"] not in excluded]
    held_out = [i for i in usable if folds[rows[i]["character"]] == fold]
    seen = {group[i] for i, row in enumerate(rows) if folds[row["character"]] == fold}
    return [i for i in usable if folds[rows[i]["character"]] != fold and group[i] not in seen], held_out


def read(name: str, folder: Path = SPLITS) -> list[dict[str, str]]:
    """The rows of one committed table."""
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_all(packs: Path = PACKS, folder: Path = SPLITS) -> None:
    """Decide everything but the folds, which are chosen by hand, from the packs; 90 s on 2 cores."""
    faces = pq.read_table(packs / FACES).to_pylist()
    held_out = faces_held_out(faces, _groups(faces))
    _write(folder / FACES_HELD_OUT, held_out)
    _write(folder / FACES_TO_CHECK, faces_to_check(held_out))
    illustrations = pq.read_table(packs / ILLUSTRATIONS, columns=["id", "image", "source"]).to_pylist()
    _write(folder / ILLUSTRATIONS_HELD_OUT, illustrations_held_out(illustrations, _groups(illustrations)))
    crops = pq.read_table(packs / IDENTITIES).to_pylist()
    pairs = twins.pairs(twins.thumbnails([row["image"] for row in crops]))
    _write(folder / IDENTITY_EXCLUDED, two_named(crops, pairs))
    _write(folder / IDENTITY_GROUPS, identity_groups(crops, twins.chained(len(crops), pairs)))


def _groups(rows: Sequence[Row]) -> list[int]:
    return twins.chained(len(rows), twins.pairs(twins.thumbnails([row["image"] for row in rows])))


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
