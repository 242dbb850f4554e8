"""What a cache backend is, and how raw outputs (named arrays) become bytes. It knows neither models nor SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
import orjson

from kyara.flow import Raw


class Store(Protocol):
    """A backend. A store that is corrupt, locked or gone answers nothing and keeps nothing; it never raises."""

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The entries there are among `keys`."""
        ...

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep `entries`; an older entry under the same key is replaced."""
        ...


def pack(raw: Raw) -> bytes:
    """Named arrays as bytes: one JSON line (name, dtype, shape) and the arrays' own bytes, C order."""
    head = [(name, array.dtype.str, array.shape) for name, array in raw.items()]
    return orjson.dumps(head) + b"\n" + b"".join(np.ascontiguousarray(a).tobytes() for a in raw.values())


def unpack(data: bytes) -> Raw:
    """The inverse of `pack`. Raises ValueError on bytes that are not its output."""
    line, _, rest = data.partition(b"\n")
    raw, at = {}, 0
    for name, dtype, shape in orjson.loads(line):
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        raw[name] = np.frombuffer(rest[at : at + size], dtype=dtype).reshape(shape)
        at += size
    if at != len(rest):
        raise ValueError(f"cache entry holds {len(rest)} bytes of arrays, {at} expected")
    return raw
