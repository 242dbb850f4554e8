"""What Kyara made of a model's files and keeps in the models folder: exported towers, networks laid out for
OpenVINO or in int8, encoded texts.

All of it is made anew when it is needed. It knows no network and no hub.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from kyara.extractors.language.kept import kept_texts
from kyara.weights.exported import exports_of
from kyara.weights.laid_out import laid_out_of
from kyara.weights.quantise import has_int8, int8_of
from kyara.weights.stored import Stored


def derived_of(model: str, pulled: Sequence[Stored], folder: Path) -> list[Path]:
    """The files and folders in `folder` that were made of `model`; `pulled` are its revisions on this machine.

    Networks are told by content: where one was never run that is read (1 GB takes 1 to 5 s). Raises WeightsError.
    """
    exports = exports_of(model, folder)
    networks = [one.folder / file.name for one in pulled for file in one.files if file.name.endswith(".onnx")]
    networks += [network for export in exports for network in export.glob("*.onnx")]
    return [*exports, *(made for network in networks if network.is_file() for made in _made_of(network, folder))]


def _made_of(network: Path, folder: Path) -> Iterator[Path]:
    if has_int8(network, folder):
        yield int8_of(network, folder).parent
    yield from laid_out_of(network, folder)
    yield from kept_texts(network, folder)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())


def remove(path: Path) -> int:
    """Remove a file or folder; the bytes freed. A folder loses its name first, lest a half one be taken for whole."""
    freed = size_of(path)
    if not path.is_dir():
        path.unlink()
    elif path.name.startswith("."):
        shutil.rmtree(path)
    else:
        shutil.rmtree(path.rename(path.with_name(f".{path.name}.removed")))
    return freed
