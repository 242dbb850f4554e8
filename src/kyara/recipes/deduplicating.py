"""Finds the duplicates of finished results: a collection step that decides in a table and changes no picture.

Over any number of result folders: the same content (by id), near duplicates (by the fingerprints in the results, then,
where that is wanted, by a look at both pictures), and pictures that an embedding takes for one where asked for. Memory:
some 400 bytes a picture, none of it the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kyara.errors import OutputError
from kyara.quality.fingerprint import BYTES
from kyara.quality.groups import Drop, Pair, confirmed, dropped, near_pairs
from kyara.quality.semantic import semantic_pairs
from kyara.recipes.telling_apart import Apart
from kyara.records import Sample
from kyara.results.atomic import write_atomically
from kyara.results.folder import ResultFolder

TABLE, JOURNAL = "dedup.parquet", "dedup.moves.jsonl"
KINDS = ("exact", "near", "semantic")
SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in ("group",)),
        ("kind", pa.string()),
        ("kept", pa.bool_()),
        *((name, pa.string()) for name in ("result", "key", "id", "uri")),
        ("likeness", pa.float64()),
        ("how", pa.string()),
        ("score", pa.float64()),
        *((name, pa.int64()) for name in ("width", "height")),
    ]
)
_COLUMNS = ["id", "width", "height", "skip", "quality"]


@dataclass(frozen=True, slots=True)
class Pictures:
    """All pictures of some results, in order: where each lies, what it holds and how good it is."""

    parts: tuple[tuple[Path, Path], ...]  # (result folder, part)
    place: NDArray[np.int64]  # (n, 2): part, row in it
    content: NDArray[np.void]  # 16 bytes of the id: no two of 2⁶⁴ pictures share them by chance
    score: NDArray[np.float32]
    pixels: NDArray[np.int64]
    fingerprints: NDArray[np.int8]
    owners: NDArray[np.int64]  # the picture of each fingerprint

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decision table of `pictures` pictures, `measured` of which have a fingerprint."""

    table: pa.Table
    pictures: int
    measured: int

    def counts(self) -> dict[str, int]:
        """How many go, by kind."""
        kinds = self.table.filter(pc.invert(self.table["kept"]))["kind"].to_pylist()
        return {kind: kinds.count(kind) for kind in KINDS if kind in kinds}


def decided(
    results: Sequence[Path],
    kinds: Collection[str],
    least: float,
    space: str | None = None,
    apart: Apart | None = None,
) -> Decisions:
    """Who stays and who goes among the pictures of `results`. Raises OutputError where a folder is no result.

    `least`: from which likeness on two pictures are near duplicates. `space`: the embeddings of semantic ones.
    `apart` opens the pictures of near pairs and takes variants out; without it no picture is opened.
    """
    pictures = read(results)
    goodness = [(float(s), float(p)) for s, p in zip(pictures.score, pictures.pixels, strict=True)]
    gone: dict[int, tuple[str, Drop]] = {}
    firsts = _firsts(pictures.content)
    if "exact" in kinds:
        for number in np.flatnonzero(firsts != np.arange(len(pictures))).tolist():
            gone[number] = ("exact", Drop(number, int(firsts[number]), 1.0, "the same content"))
    alone = firsts[pictures.owners] == pictures.owners
    pairs: list[Pair] = []
    if "near" in kinds and alone.any():
        pairs = near_pairs(pictures.fingerprints[alone], pictures.owners[alone], least)
        near = confirmed(pairs, goodness, _look(pictures, apart)) if apart else dropped(pairs, goodness)
        gone |= {drop.number: ("near", drop) for drop in near}
    if "semantic" in kinds:
        chosen = [n for n in range(len(pictures)) if firsts[n] == n and n not in gone]
        found = semantic_pairs(_vectors(pictures, chosen, space), chosen)
        gone |= {drop.number: ("semantic", drop) for drop in dropped(found, goodness)}
    return Decisions(_table(pictures, gone), len(pictures), len(np.unique(pictures.owners)))


def read(results: Sequence[Path]) -> Pictures:
    """All pictures of `results` that were described, one part in memory at a time."""
    parts: list[tuple[Path, Path]] = []
    places, contents, scores, pixels, blobs, owners = [], [], [], [], [], []
    count = 0
    for path in results:
        folder = ResultFolder(path)
        folder.identity()
        for part in folder.parts():
            rows = pq.read_table(part, columns=_COLUMNS)
            usable = np.flatnonzero(
                pc.and_(rows["width"].is_valid(), rows["skip"].is_null()).to_numpy(zero_copy_only=False)
            )
            rows = rows.take(usable)
            quality = rows["quality"].combine_chunks()
            blob = quality.field("fingerprint").to_pylist()
            places.append(np.stack([np.full(len(usable), len(parts)), usable], axis=1))
            contents.append(_contents(rows["id"]))
            scores.append(quality.field("score").fill_null(0.0).to_numpy(zero_copy_only=False).astype(np.float32))
            pixels.append(pc.multiply(rows["width"], rows["height"]).to_numpy())
            blobs.append(np.frombuffer(b"".join(one or b"" for one in blob), np.int8).reshape(-1, BYTES))
            owners.append(count + np.repeat(np.arange(len(blob)), [len(one or b"") // BYTES for one in blob]))
            count += len(usable)
            parts.append((path, part))
    if not parts:
        raise OutputError(f"no finished part in {', '.join(map(str, results))}; run kyara extract to its end first")
    joined = [np.concatenate(some) for some in (places, contents, scores, pixels, blobs, owners)]
    return Pictures(tuple(parts), *joined)


def _contents(ids: pa.ChunkedArray) -> NDArray[np.void]:
    data = bytes.fromhex("".join(one[:32] for one in ids.to_pylist()))
    return np.frombuffer(data, "V16")


def _firsts(content: NDArray[np.void]) -> NDArray[np.int64]:
    """For every picture the first with its content."""
    _, first, inverse = np.unique(content.view("S16"), return_index=True, return_inverse=True)
    return first[inverse]


def _look(pictures: Pictures, apart: Apart) -> Callable[[list[Drop]], list[bool]]:
    def same(drops: list[Drop]) -> list[bool]:
        numbers = [number for drop in drops for number in drop.pair]
        names = ("key", "id", "uri", "width", "height")
        samples = {n: Sample(**{name: row[name] for name in names}) for n, row in _facts(pictures, numbers)}
        return apart.same(drops, samples)

    return same


def _vectors(pictures: Pictures, chosen: Sequence[int], space: str | None) -> Iterator[tuple[str, Any]]:
    """(space, vector or None) of each chosen picture: of its only sighting, by the first embedding or that in `space`.

    A picture of several characters has no one vector.
    """
    wanted = set(chosen)
    number = 0
    for at, (_, part) in enumerate(pictures.parts):
        rows = pictures.place[pictures.place[:, 0] == at, 1]
        sightings = pq.read_table(part, columns=["sightings"])["sightings"].take(rows)
        for seen in sightings:
            if number in wanted:
                found = seen.as_py() if len(seen) == 1 else []
                some = [e for one in found for e in one["embeddings"] if space in (None, e["space"])]
                yield (some[0]["space"], np.array(some[0]["vector"], np.float32)) if some else ("", None)
            number += 1


def _table(pictures: Pictures, gone: dict[int, tuple[str, Drop]]) -> pa.Table:
    """One row for each that goes and for each that it goes for, in groups; exact copies of one that goes go with it."""
    final = {number: _end(number, gone) for number in gone}
    groups: dict[int, list[int]] = {}
    for number, kept in final.items():
        groups.setdefault(kept, []).append(number)
    facts = dict(_facts(pictures, [*groups, *gone]))
    rows = []
    for group, (kept, members) in enumerate(sorted(groups.items()), 1):
        first = {"group": group, "kind": "", "kept": True, "likeness": 1.0, "how": ""}
        rows.append(first | facts[kept])
        for number in sorted(members):
            kind, drop = gone[number]
            said = {"group": group, "kind": kind, "kept": False, "likeness": round(drop.likeness, 4), "how": drop.how}
            rows.append(said | facts[number])
    return pa.Table.from_pylist(rows, SCHEMA)


def _end(number: int, gone: dict[int, tuple[str, Drop]]) -> int:
    """Whom a picture goes for in the end: the first of its content may go itself."""
    while number in gone:
        number = gone[number][1].kept
    return number


def _facts(pictures: Pictures, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the table tells of each picture, read part by part."""
    wanted = np.unique(numbers).astype(np.int64)
    for at in np.unique(pictures.place[wanted, 0]).tolist() if len(wanted) else []:
        result, part = pictures.parts[at]
        some = wanted[pictures.place[wanted, 0] == at]
        rows = pq.read_table(part, columns=["key", "id", "uri", "width", "height"]).take(pictures.place[some, 1])
        for number, row in zip(some.tolist(), rows.to_pylist(), strict=True):
            yield number, {"result": str(result), "score": round(float(pictures.score[number]), 4), **row}


def write_decisions(folder: Path, decisions: Decisions, csv: Path | None = None) -> Path:
    """The table as Parquet into `folder`, and as CSV where asked for. Raises OutputError."""
    path = folder / TABLE
    write_atomically(path, lambda temporary: pq.write_table(decisions.table, temporary))
    if csv is not None:
        import pyarrow.csv

        write_atomically(csv, lambda temporary: pyarrow.csv.write_csv(decisions.table, temporary))
    return path
