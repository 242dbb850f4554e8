"""Where inputs come from: folders, pictures, tables, text files, Python objects; one or several in a run.

`open_source` chooses by what a path is, `given` takes objects, `chain` makes one source of many.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from rapidfuzz import process

from kyara.errors import SourceError
from kyara.flow import Source
from kyara.sources.chain import chain
from kyara.sources.delimited import open_delimited
from kyara.sources.files import place
from kyara.sources.folder import EXTENSIONS, open_folder, open_picture
from kyara.sources.jsonl import open_jsonl
from kyara.sources.lines import open_lines
from kyara.sources.memory import given
from kyara.sources.parquet import open_parquet

__all__ = ["chain", "given", "open_source"]

_TABLES: dict[str, Callable[[str, Mapping[str, str]], Source]] = {
    ".jsonl": open_jsonl,
    ".ndjson": open_jsonl,
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".parquet": open_parquet,
}


def open_source(spec: str | Path, columns: Mapping[str, str] | None = None) -> Source:
    """The source at a path: a folder, a picture, a table, or a `.txt` with one description a line.

    `columns` says for a table which column holds image, tags, text or key, e.g. {"tags": "tag_string"}.
    Raises SourceError for what is absent, empty or of no known kind.
    """
    path = os.path.abspath(spec)
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError as error:
        raise SourceError(f"{place(path)}: does not exist; {_nearest(path)}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{place(path)}: cannot be read: {error}; give a folder or a file") from error
    if stat.S_ISDIR(mode):
        return open_folder(path)
    if not stat.S_ISREG(mode):
        raise SourceError(f"{place(path)}: is neither a file nor a folder; write its content to a file first")
    return _open_file(path, columns or {})


def _open_file(path: str, columns: Mapping[str, str]) -> Source:
    extension = os.path.splitext(path)[1].lower()
    if extension in EXTENSIONS:
        return open_picture(path)
    if extension == ".txt":
        return open_lines(path)
    if extension in _TABLES:
        return _TABLES[extension](path, columns)
    known = ", ".join([*EXTENSIONS, *_TABLES, ".txt"])
    raise SourceError(f"{place(path)}: {extension or 'a name without extension'} is no known kind; known are {known}")


def _nearest(path: str) -> str:
    """What there is in the folder that is nearly called so."""
    folder, name = os.path.split(path)
    try:
        near = process.extractOne(name, os.listdir(folder), score_cutoff=60)
    except OSError:
        return f"nor does its folder, {place(folder)}; check the path"
    return f"did you mean {place(os.path.join(folder, near[0]))}?" if near else f"see what is in {place(folder)}"
