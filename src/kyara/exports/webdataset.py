"""WebDataset tars: of every picture three members that follow one another, `00000012.png`, `.txt`, `.json`.

The key of a sample is its member's name up to the first dot, so keys are numbers and hold none. The same pieces give
the same bytes: members have no times and no owners.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import orjson

from kyara.exports.pictures import as_sample
from kyara.exports.pieces import Piece
from kyara.results.rows import to_row

SHARD = 10_000  # pictures; of 300 kB each a tar of 3 GB


def write_webdataset(pieces: Iterable[Piece], folder: Path, shard: int = SHARD) -> None:
    """Write `000000.tar` … into `folder`, each of at most `shard` pictures."""
    numbered = enumerate(pieces)
    index = 0
    while batch := list(islice(numbered, 1)):
        with tarfile.open(folder / f"{index:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for number, piece in (*batch, *islice(numbered, shard - 1)):
                _add(tar, number, piece)
        index += 1


def _add(tar: tarfile.TarFile, number: int, piece: Piece) -> None:
    row = to_row(as_sample(piece.cut, piece.picture))
    members = {
        piece.picture.extension: piece.picture.data,
        ".txt": piece.caption.encode(),
        ".json": orjson.dumps({**row, "part": piece.cut.part, "number": piece.cut.number}),
    }
    for extension, data in members.items():
        member = tarfile.TarInfo(f"{number:08d}{extension}")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
