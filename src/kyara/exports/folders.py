"""Picture folders with a `metadata.jsonl`, as Hugging Face's imagefolder loader and the diffusers trainers read them.

`file_name` comes first and `text` second: diffusers takes the second column for the caption.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from kyara.exports.pictures import as_sample
from kyara.exports.pieces import Piece
from kyara.vocabulary import Vocabulary

METADATA = "metadata.jsonl"


def write_diffusers(pieces: Iterable[Piece], folder: Path) -> None:
    """Pictures and captions, and nothing else: what `--train_data_dir` wants."""
    _write(((piece, {}) for piece in pieces), folder)


def write_imagefolder(pieces: Iterable[Piece], folder: Path, vocabulary: Vocabulary) -> None:
    """Pictures with captions, who they show, the labels of every attribute (over all it shows), and boxes."""
    _write(((piece, _columns(piece, vocabulary)) for piece in pieces), folder)


def _write(rows: Iterable[tuple[Piece, dict[str, Any]]], folder: Path) -> None:
    with (folder / METADATA).open("wb") as metadata:
        for piece, columns in rows:
            (folder / piece.file).write_bytes(piece.picture.data)
            row = {"file_name": piece.file, "text": piece.caption, **columns}
            metadata.write(orjson.dumps(row) + b"\n")


def _columns(piece: Piece, vocabulary: Vocabulary) -> dict[str, Any]:
    """The same columns with the same types in every row: a loader infers them from the first."""
    sample = as_sample(piece.cut, piece.picture)
    decided = [value for one in sample.sightings for value in one.values if value.decided]
    labels = {
        name: list(dict.fromkeys(label for value in decided if value.attribute == name for label in value.labels))
        for name in vocabulary.names
    }
    return {
        "key": sample.key,
        "id": sample.id,
        "characters": [one.identity for one in sample.sightings if one.identity],
        **labels,
        "heads": [one.head for one in sample.sightings if one.head],
        "bodies": [one.body for one in sample.sightings if one.body],
    }
