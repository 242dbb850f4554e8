"""What a network's files hold, as one digest: read once, then remembered by size and time as long as those stay.

Hashing 350 MB takes a second on a small machine, and every process of every run asks. Knows nothing of networks.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights.stored import sha256_of

MEMORY = "digests.json"
_lock = Lock()


def files_of(network: Path) -> list[Path]:
    """The files of a network: an ONNX file with its outside weights, IR with its weights, or a transformers folder."""
    if network.is_dir():
        files = [network / "config.json", *sorted(network.glob("*.safetensors"))]
    elif network.suffix == ".xml":
        files = [network, network.with_suffix(".bin")]
    else:
        outside = [network.with_name(network.name + ending) for ending in ("_data", ".data")]
        files = [network, *(path for path in outside if path.exists())]
    if missing := [path for path in files if not path.is_file()]:
        raise MissingWeightsError(f"there is no file {missing[0]}; fetch the model again with `kyara models pull`")
    return files


def content_of(network: Path, folder: Path) -> str:
    """SHA-256 of the network's files. `folder` keeps what was read before; one that cannot be written costs time only.

    Raises MissingWeightsError where a file is missing, WeightsError where one cannot be read.
    """
    files = files_of(network)
    with _lock:
        known = read_json(folder / MEMORY)
        before = dict(known)
        digests = [_digest(path, known) for path in files]
        if known != before:
            write_json(folder / MEMORY, known)
    return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()


def _digest(path: Path, known: dict[str, Any]) -> str:
    try:
        path = path.resolve()
        status = path.stat()
        mark: Sequence[int] = [status.st_size, status.st_mtime_ns, status.st_ino]
        entry = known.get(str(path))
        if not isinstance(entry, list) or len(entry) != 2 or entry[0] != mark:
            entry = known[str(path)] = [mark, sha256_of(path)]
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}; fetch the model again") from error
    return str(entry[1])


def read_json(path: Path) -> dict[str, Any]:
    """What is remembered in the file `path`; nothing where it is absent or damaged."""
    with suppress(OSError, ValueError):
        content = orjson.loads(path.read_bytes())
        if isinstance(content, dict):
            return content
    return {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Remember `content`, whole or not at all. A folder that cannot be written remembers nothing."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        temporary.replace(path)
