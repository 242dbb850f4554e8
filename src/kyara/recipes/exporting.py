"""Handing results on: which samples, from a results folder or by a query from a catalogue, into which format.

Composes sources, tags, catalogue and exports, which know nothing of one another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from kyara import __version__
from kyara.errors import OutputError
from kyara.exports.captions import Captions, Style, usual_traits
from kyara.exports.flat import OF_SAMPLE, OF_SIGHTING, flattened
from kyara.exports.folders import write_diffusers, write_imagefolder
from kyara.exports.kohya import Plan, write_beside, write_kohya
from kyara.exports.pictures import Part
from kyara.exports.pieces import Pieces, all_cuts
from kyara.exports.tables import write_csv, write_jsonl, write_parquet
from kyara.exports.target import fresh_folder, write_file
from kyara.exports.webdataset import write_webdataset
from kyara.extractors.tags.syntax import parse
from kyara.images import Limits
from kyara.recipes.originals import from_anywhere
from kyara.records import Sample
from kyara.results.columns import from_table
from kyara.results.folder import ResultFolder
from kyara.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pyroaring import BitMap

    from kyara.catalogue.opening import Catalogue

PictureFormat = Literal["imagefolder", "diffusers", "webdataset", "kohya"]
_FLAT_COLUMNS = [*OF_SAMPLE, *(f"sightings.list.element.{name}" for name in (*OF_SIGHTING, "values"))]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is handed on: `tables` gives its rows anew (results/schema.py), whole or with what a flat table needs."""

    what: str
    tables: Callable[[bool], Iterator[pa.Table]]
    limits: Limits = field(default_factory=Limits)

    def samples(self) -> Iterator[Sample]:
        for table in self.tables(True):
            yield from from_table(table)


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows or pictures were written, and why others were not."""

    written: int
    left_out: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures are handed on: which part with which margin, and how their captions are written."""

    part: Part = "whole"
    margin: float = 0.0
    style: Style = field(default_factory=Style)
    prune: bool = False


def of_result(path: Path) -> Chosen:
    """All samples of a results folder. Raises OutputError where it is none."""
    folder = ResultFolder(path)
    limits = Limits(**folder.identity().get("images", {}))

    def tables(whole: bool) -> Iterator[pa.Table]:
        for part in folder.parts():
            yield pq.ParquetFile(part).read(None if whole else _FLAT_COLUMNS)

    return Chosen(str(path), tables, limits)


def of_catalogue(catalogue: Catalogue, where: str | None = None) -> Chosen:
    """The sightings that the query `where` finds, or all, with people's decisions; the catalogue must stay open.

    Raises QueryError, with the column and the nearest name.
    """
    from kyara.catalogue.plain import plain_tables
    from kyara.catalogue.query.evaluate import found  # a result is exported without a database
    from kyara.catalogue.reading import tables

    numbers = found(catalogue, where) if where else _all_of(catalogue)
    what = f"{catalogue.url} where {where}" if where else catalogue.url
    return Chosen(what, lambda whole: (tables if whole else plain_tables)(catalogue, numbers))


def _all_of(catalogue: Catalogue) -> BitMap:
    from kyara.catalogue.query.posted import status
    from kyara.catalogue.schema import ALL, GONE

    with catalogue.reading() as connection:
        return status(connection, ALL) - status(connection, GONE)


def export_jsonl(chosen: Chosen, out: Path, force: bool = False) -> Exported:
    """Every sample with all that is known of it, skips too, as JSON lines."""
    return _file(out, force, lambda path: write_jsonl(chosen.samples(), path))


def export_csv(chosen: Chosen, out: Path, vocabulary: Vocabulary, force: bool = False) -> Exported:
    """One row a sighting, as CSV."""
    return _file(out, force, lambda path: write_csv(_flat(chosen, vocabulary), path, vocabulary))


def export_parquet(
    chosen: Chosen, out: Path, vocabulary: Vocabulary, by: str | None = None, force: bool = False
) -> Exported:
    """One row a sighting, as a folder of Parquet, divided by the answers for `by`."""
    with fresh_folder(out, _facts("parquet", chosen), force) as folder:
        return Exported(write_parquet(_flat(chosen, vocabulary), folder, vocabulary, by))


def export_pictures(
    chosen: Chosen,
    format: PictureFormat,
    out: Path,
    vocabulary: Vocabulary,
    look: Look,
    plan: Plan,
    force: bool = False,
) -> Exported:
    """Pictures with captions, in a new folder."""
    pieces = _pieces(chosen, vocabulary, look, captioned=format in ("kohya", "diffusers"))
    with fresh_folder(out, _facts(format, chosen), force) as folder:
        if format == "kohya":
            write_kohya(pieces, folder, plan, out)
        elif format == "imagefolder":
            write_imagefolder(pieces, folder, vocabulary)
        else:
            (write_webdataset if format == "webdataset" else write_diffusers)(pieces, folder)
        if not pieces.written:
            why = ", ".join(f"{reason} ({count})" for reason, count in pieces.left_out.most_common(3))
            said = f"every picture was {why}" if why else "no sample is there"
            raise OutputError(f"nothing to export from {chosen.what}: {said}")
    return Exported(pieces.written, pieces.left_out)


def caption_in_place(chosen: Chosen, vocabulary: Vocabulary, look: Look, plan: Plan) -> Exported:
    """Caption files beside the pictures where they are; what they replace is kept."""
    pieces = _pieces(chosen, vocabulary, look, captioned=True)
    beside = write_beside(pieces, plan)
    return Exported(pieces.written, pieces.left_out, beside)


def _pieces(chosen: Chosen, vocabulary: Vocabulary, look: Look, captioned: bool) -> Pieces:
    pruned = usual_traits(all_cuts(chosen.samples(), look.part), vocabulary, look.style.trigger) if look.prune else {}
    captions = Captions(vocabulary, _tags, look.style, pruned)
    return Pieces(chosen.samples(), captions, look.part, look.margin, chosen.limits, from_anywhere, captioned)


def _tags(text: str) -> list[str]:
    return [written.tag for written in parse(text)]


def _flat(chosen: Chosen, vocabulary: Vocabulary) -> Iterator[pa.Table]:
    return (flattened(table, vocabulary) for table in chosen.tables(False))


def _file(out: Path, force: bool, write: Callable[[Path], int]) -> Exported:
    counts: list[int] = []
    write_file(out, lambda path: counts.append(write(path)), force)
    return Exported(counts[0])


def _facts(format: str, chosen: Chosen) -> dict[str, Any]:
    return {"format": format, "from": chosen.what, "kyara": __version__}
