"""What opening a picture file told: its digest and header, so that an unchanged file is neither read nor hashed again.

A file is known again by its stamp: path, inode, size and both its times, as the index of git knows it. Only pictures
that opened well are remembered; whoever looks at the pixels still reads the file, and holds it against the digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

import orjson

from kyara.cache.store import Kind, Store
from kyara.images import Header, Limits


@dataclass(frozen=True, slots=True)
class Opening:
    """The SHA-256 (hex) of a file's bytes, and the header they begin with."""

    digest: str
    header: Header


class Openings:
    """Openings by stamp, kept in `store`, of files that were opened within `limits`."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._salt = b"opening 1 %r\0" % (astuple(limits),)
        self._kind = Kind("opening", hashlib.sha256(self._salt).hexdigest()[:16])

    def known(self, stamps: Iterable[bytes]) -> dict[bytes, Opening]:
        """The openings there are for `stamps`."""
        keys = {self._key(stamp): stamp for stamp in stamps}
        found = {}
        for key, data in self._store.get(self._kind, keys).items():
            try:
                digest, *header = orjson.loads(data)
                found[keys[key]] = Opening(digest, Header(*header))
            except (ValueError, TypeError):  # a damaged entry: the file is read again
                continue
        return found

    def learn(self, openings: Mapping[bytes, Opening]) -> None:
        """Keep `openings` by their stamps."""
        if openings:
            told = {self._key(s): orjson.dumps([o.digest, *astuple(o.header)]) for s, o in openings.items()}
            self._store.put(self._kind, told)

    def _key(self, stamp: bytes) -> bytes:
        return hashlib.sha256(self._salt + stamp).digest()
