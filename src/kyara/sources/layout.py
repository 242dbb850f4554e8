"""What a folder is, by what lies in it: a Hugging Face dataset, tars of pictures, or simply pictures.

Nothing is left out in silence: what a layout does not cover of a folder is read as pictures. Knows which opener goes
with which ending of a table.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from kyara.errors import SourceError
from kyara.flow import Source
from kyara.sources import hub, places
from kyara.sources.chain import ChainSource
from kyara.sources.delimited import open_delimited
from kyara.sources.document import open_document
from kyara.sources.folder import EXTENSIONS, FolderSource, open_folder
from kyara.sources.jsonl import open_jsonl
from kyara.sources.kohya import open_kohya
from kyara.sources.parquet import names_in, open_parquet

TABLES: dict[str, Callable[[str, Mapping[str, str]], Source]] = {
    ".jsonl": open_jsonl,
    ".ndjson": open_jsonl,
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".parquet": open_parquet,
    ".json": open_document,
    ".toml": open_kohya,
}
METADATA = ("metadata.jsonl", "metadata.csv", "metadata.parquet")  # of `imagefolder`
SAVED = {"dataset_info.json", "state.json"}  # of `save_to_disk`
_PEEKED_BYTES = 1 << 16


def open_layout(address: str, columns: Mapping[str, str]) -> Source:
    """The folder at an address as whatever it is. Raises SourceError when there is nothing to read in it."""
    try:
        entries = sorted(places.listed(address))
    except OSError:
        return open_folder(address)  # which says what is wrong
    names = [entry.name for entry in entries if not entry.is_folder]
    if set(names) >= SAVED:
        return hub.open_saved(address, columns)
    if table := _table_of(address, names):
        return TABLES[os.path.splitext(table)[1]](table, columns)
    if any(name.lower().endswith(EXTENSIONS) for name in names):
        return _together(address, [open_folder(address), *_tars(address, names)])
    folders = [places.join(address, entry.name) for entry in entries if entry.is_folder and entry.name[0] != "."]
    if splits := _splits(folders, columns):
        return _together(address, [*splits, *_tars(address, names)])
    if tars := list(_tars(address, names)):
        return _together(address, [*_pictures(address), *tars])
    if not list(_pictures(address)) and (tars := list(_tars_below(address, set()))):
        return _together(address, tars)
    return open_folder(address)


def _table_of(folder: str, names: list[str]) -> str | None:
    """The table that says of every picture in `folder` what it shows, as `imagefolder` has it."""
    for name in METADATA:
        if name in names and _names_files(address := places.join(folder, name)):
            return address
    return None


def _names_files(table: str) -> bool:
    """True where a table has the column that makes it the metadata of a folder: another one may be called so, too."""
    if table.endswith(".parquet"):
        return "file_name" in names_in(table)
    with places.opened(table) as file:
        return b"file_name" in file.read(_PEEKED_BYTES)


def _splits(folders: list[str], columns: Mapping[str, str]) -> list[Source]:
    """`train`, `test` …, where at least one has its own table; the others are pictures."""
    tables = [_table_of(folder, [entry.name for entry in places.listed(folder)]) for folder in folders]
    if not any(tables):
        return []
    sources: list[Source] = []
    for folder, table in zip(folders, tables, strict=True):
        sources += [TABLES[os.path.splitext(table)[1]](table, columns)] if table else _pictures(folder)
    return sources


def _pictures(folder: str) -> Iterator[Source]:
    source = FolderSource(places.place(folder), folder)
    if next(source.found(), None) is not None:
        yield source


def _tars(folder: str, names: list[str]) -> Iterator[Source]:
    for name in names:
        if name.lower().endswith(".tar") and not name.startswith("."):
            root = places.in_tar(places.join(folder, name))
            yield FolderSource(places.place(root), root)


def _tars_below(folder: str, seen: set[tuple[int, int]]) -> Iterator[Source]:
    if (identity := places.identity(folder)) in seen:
        return
    seen.add(identity)
    entries = sorted(places.listed(folder))
    yield from _tars(folder, [entry.name for entry in entries if not entry.is_folder])
    for entry in entries:
        if entry.is_folder and not entry.name.startswith("."):
            yield from _tars_below(places.join(folder, entry.name), seen)


def _together(address: str, sources: list[Source]) -> Source:
    if len(sources) == 1:
        return sources[0]
    return ChainSource(places.place(address), tuple(sources))


def open_tar(address: str) -> FolderSource:
    """The tar file at an address, read as a folder. Raises SourceError for what is no tar, or has no picture."""
    return open_folder(places.in_tar(address))


def open_zip(address: str) -> FolderSource:
    """The zip file at an address, read as a folder."""
    return open_folder(f"zip://::{address}")


def refuse_compressed(address: str) -> None:
    """Raises SourceError for a tar within a compressed stream, which can only be read from its beginning."""
    if address.lower().endswith((".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2")):
        raise SourceError(
            f"{places.place(address)}: a compressed tar cannot be read in pieces; decompress it to a .tar"
        )
