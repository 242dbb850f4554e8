"""Training sets for kohya's sd-scripts: pictures with caption files of the same name, and a `dataset.toml`.

The caption file's extension is said in the TOML, for the trainer's own default is `.caption`; and captions are
shuffled there, for only then does it take `keep_tokens_separator` out of them.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from kyara.errors import OutputError
from kyara.exports.originals import local_path
from kyara.exports.pieces import Piece, Pieces
from kyara.results.atomic import said_as_output_error, write_atomically

EXTENSION = ".txt"
CONFIG = "dataset.toml"
_UNFIT = re.compile(r"[^\w .()-]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the trainer is told of the set: how often it sees a picture in an epoch, and what no shuffle may move."""

    repeats: int = 1
    separator: str = ""
    name: str = "pictures"


def write_kohya(pieces: Iterable[Piece], folder: Path, plan: Plan, at: Path) -> None:
    """Fill `folder` with one subset, named as sd-scripts likes it without a TOML too, and `dataset.toml`.

    `at` is where the folder will lie when it is done: the TOML names it absolutely, as the trainer resolves paths
    from where it was started.
    """
    name = " ".join(_UNFIT.sub(" ", plan.name).split()).strip(" .")
    subset = f"{plan.repeats}_{name or 'pictures'}"
    (folder / subset).mkdir()
    for piece in pieces:
        (folder / subset / piece.file).write_bytes(piece.picture.data)
        (folder / subset / (piece.name + EXTENSION)).write_text(piece.caption + "\n", encoding="utf-8", newline="\n")
    (folder / CONFIG).write_text(dataset_toml([at.resolve() / subset], plan), encoding="utf-8", newline="\n")


def write_beside(pieces: Pieces, plan: Plan, config: Path | None = None) -> Counter[str]:
    """Write each caption beside its picture, and the TOML to `config` (by default in the folder above them all).

    A file that says otherwise is kept as `.txt.bak`, `.txt.bak1` …: nothing is lost. Returns how many captions were
    `new`, `same` or `replaced`. Raises OutputError.
    """
    done, written = Counter[str](), dict[Path, None]()
    for piece in pieces:
        picture = local_path(piece.cut.sample.uri)
        path = picture.with_suffix(EXTENSION) if picture else None
        if path is None or path in written:
            pieces.written -= 1
            pieces.left_out["named like another picture of its folder, whose caption file it would share"] += 1
            continue
        written[path] = None
        with said_as_output_error(path):
            done[_replace(path, (piece.caption + "\n").encode())] += 1
    if written:
        folders = list(dict.fromkeys(path.parent for path in written))
        config = config or Path(os.path.commonpath(folders)) / CONFIG
        with said_as_output_error(config):
            _replace(config, dataset_toml(folders, plan).encode())
    return done


def _replace(path: Path, content: bytes) -> Literal["new", "same", "replaced"]:
    """Write `content`; a file that was there and differs is renamed to the first backup name that is free."""
    there = path.exists()
    if there and path.read_bytes() == content:
        return "same"
    if there:
        backups = (path.with_name(f"{path.name}.bak{count or ''}") for count in itertools.count())
        path.rename(next(backup for backup in backups if not backup.exists()))
    write_atomically(path, lambda temporary: _write(temporary, content))
    return "replaced" if there else "new"


def dataset_toml(folders: Iterable[Path], plan: Plan) -> str:
    """The `--dataset_config` of these folders; resolution and batch size are left to the trainer's command line."""
    general = ["[general]", f"caption_extension = {_quoted(EXTENSION)}", "shuffle_caption = true"]
    if plan.separator:
        general.append(f"keep_tokens_separator = {_quoted(plan.separator)}")
    subsets = [
        f"[[datasets.subsets]]\nimage_dir = {_quoted(str(folder))}\nnum_repeats = {plan.repeats}" for folder in folders
    ]
    return "\n\n".join(["\n".join(general), "[[datasets]]", *subsets]) + "\n"


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for DEL."""
    try:
        return orjson.dumps(text).decode().replace("\x7f", "\\u007F")
    except TypeError as error:  # a file system that is not UTF-8 gives lone surrogates
        raise OutputError(f"{text!r} is no UTF-8, so no TOML can name it; rename that folder") from error


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
