"""Where inputs come from: folders, pictures, tables, tars, stores, text files, Python objects; one or several in a run.

`open_source` chooses by what an address is and what lies there, `given` takes objects, `chain` makes one of many.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.request import url2pathname

from rapidfuzz import process

from kyara.errors import SourceError
from kyara.flow import Source
from kyara.sources import hub, places
from kyara.sources.chain import chain
from kyara.sources.files import place
from kyara.sources.folder import EXTENSIONS, open_picture
from kyara.sources.layout import TABLES, open_layout, open_tar, open_zip, refuse_compressed
from kyara.sources.lines import open_lines
from kyara.sources.memory import given

__all__ = ["chain", "given", "open_source"]


def open_source(spec: str | Path, columns: Mapping[str, str] | None = None) -> Source:
    """The source at a path or a URL of fsspec, or a dataset of the hub (`hub:USER/NAME`, see hub.py).

    A folder, a picture, a table, a tar or zip of pictures, kohya's dataset TOML, or a `.txt` with one description a
    line. `columns` says for a table which column holds image, tags, text or key, e.g. {"tags": "tag_string"}.
    Raises SourceError for what is absent, empty or of no known kind.
    """
    if hub.is_hub(str(spec)):
        return hub.open_hub(str(spec), columns or {})
    address = _address(str(spec))
    places.fresh(address)
    try:
        is_folder = places.is_folder(address)
        is_file = places.is_url(address) or stat.S_ISREG(os.stat(address).st_mode)
    except FileNotFoundError as error:
        raise SourceError(f"{places.place(address)}: does not exist; {_nearest(address)}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{places.place(address)}: cannot be read: {error}; give a folder or a file") from error
    if is_folder:
        return open_layout(address, columns or {})
    if not is_file:
        raise SourceError(f"{place(address)}: is neither a file nor a folder; write its content to a file first")
    return _open_file(address, columns or {})


def _address(spec: str) -> str:
    """An absolute path or a URL; the file at the end of a chain, as in `zip://inner::a.zip`, is made absolute."""
    if spec.startswith("file://"):
        spec = url2pathname(spec.removeprefix("file://"))
    if not places.is_url(spec):
        return os.path.abspath(spec)
    links, link, last = spec.rpartition("::")
    return f"{links}{link}{_address(last)}" if link else spec


def _open_file(address: str, columns: Mapping[str, str]) -> Source:
    extension = os.path.splitext(places.name_of(address))[1].lower()
    if extension in EXTENSIONS:
        return open_picture(address)
    if extension == ".txt":
        return open_lines(address)
    if extension == ".tar":
        return open_tar(address)
    if extension == ".zip":
        return open_zip(address)
    if extension in TABLES:
        return TABLES[extension](address, columns)
    refuse_compressed(address)
    known = ", ".join([*EXTENSIONS, *TABLES, ".tar", ".zip", ".txt"])
    kind = extension or "a name without extension"
    raise SourceError(f"{places.place(address)}: {kind} is no known kind; known are {known}")


def _nearest(address: str) -> str:
    """What there is in the folder that is nearly called so."""
    if places.is_url(address):
        return "check the address"
    folder, name = os.path.split(address)
    try:
        near = process.extractOne(name, os.listdir(folder), score_cutoff=60)
    except OSError:
        return f"nor does its folder, {place(folder)}; check the path"
    return f"did you mean {place(os.path.join(folder, near[0]))}?" if near else f"see what is in {place(folder)}"
