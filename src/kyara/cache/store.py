"""What a cache backend is, and how raw outputs (named arrays) become bytes. It knows neither models nor SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol
from zlib import crc32

import numpy as np
import orjson

from kyara.flow import Raw

SEAL = 4  # bytes


class Kind(NamedTuple):
    """Whose entries they are: the name of what looked, and the digest of all its answer depends on but the input."""

    name: str
    version: str


class Store(Protocol):
    """A backend. A store that is corrupt, locked or gone answers nothing and keeps nothing; it never raises.

    What was put under a key comes back byte for byte, or not at all.
    """

    @property
    def lost(self) -> Mapping[str, int]:
        """Entries that were neither read nor kept because something failed, by what failed, in words."""
        ...

    def get(self, kind: Kind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The entries there are among `keys`."""
        ...

    def put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        """Keep `entries`; an older entry under the same key is replaced."""
        ...

    def close(self) -> None:
        """Let go of what the backend holds; it may be closed twice, and opens anew where it is asked again."""
        ...


def seal(key: bytes, data: bytes) -> bytes:
    """`data` behind a CRC-32 of it and of the key it is kept under: neither damage nor a mix-up goes unseen."""
    return crc32(data, crc32(key)).to_bytes(SEAL, "little") + data


def unseal(key: bytes, sealed: bytes) -> bytes | None:
    """The inverse of `seal`; None for what is damaged, or belongs to another key."""
    data = sealed[SEAL:]
    return data if sealed[:SEAL] == crc32(data, crc32(key)).to_bytes(SEAL, "little") else None


def pack(raw: Raw) -> bytes:
    """Named arrays as bytes: a CRC-32 of the rest, one JSON line (name, dtype, shape), the arrays' bytes in C order."""
    head = [(name, array.dtype.str, array.shape) for name, array in raw.items()]
    body = orjson.dumps(head) + b"\n" + b"".join(array.tobytes() for array in raw.values())
    return crc32(body).to_bytes(4, "little") + body


def unpack(data: bytes) -> Raw:
    """The inverse of `pack` (the arrays are read-only). Raises ValueError on bytes that are not its output."""
    body = data[4:]
    if crc32(body).to_bytes(4, "little") != data[:4]:
        raise ValueError(f"a cache entry of {len(data)} bytes is damaged")
    line, _, rest = body.partition(b"\n")
    raw, at = {}, 0
    for name, dtype, shape in orjson.loads(line):
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        raw[name] = np.frombuffer(rest[at : at + size], dtype=dtype).reshape(shape)
        at += size
    return raw
