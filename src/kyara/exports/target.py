"""Where an export goes: a folder that is either whole or not there, or a file that replaces no other unasked.

What is written lands in a folder beside the target first. Knows no format.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from kyara.errors import OutputError
from kyara.results.atomic import said_as_output_error, write_atomically

MARK = ".kyara-export.json"  # hidden, so that no trainer or loader takes it for data


@contextmanager
def fresh_folder(path: Path, facts: Mapping[str, Any], force: bool = False) -> Iterator[Path]:
    """A folder to fill; it takes `path`'s place when all went well and vanishes when not.

    `facts` say what was exported. `force` replaces an earlier export, and nothing else. Raises OutputError.
    """
    _refuse(path, force)
    building = path.with_name(f".{path.name}.tmp")
    with said_as_output_error(path):
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        try:
            yield building
            (building / MARK).write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
            if path.exists():
                shutil.rmtree(path)
            building.rename(path)
        finally:
            shutil.rmtree(building, ignore_errors=True)


def write_file(path: Path, write: Callable[[Path], None], force: bool = False) -> None:
    """Let `write` fill a file that takes `path`'s place at once. `force` replaces a file. Raises OutputError."""
    if path.is_dir() or (path.exists() and not force):
        raise OutputError(f"{path} is there already; choose another --out, or --force to replace a file")
    with said_as_output_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write)


def _refuse(path: Path, force: bool) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise OutputError(f"{path} is a file, expected a folder to write; choose another --out")
    if any(path.iterdir()) and not (force and (path / MARK).exists()):
        ours = "; --force replaces it" if (path / MARK).exists() else ", which is no export of Kyara"
        raise OutputError(f"{path} holds something already{ours}; choose another --out")
