"""The picture a sample was described from, as its bytes are: only while they are the ones the run saw, so boxes fit.

Opens files of this machine alone; whoever can open other addresses passes a function that does. Decodes nothing.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from kyara.images import Limits
from kyara.records import Sample


class LeftOutError(Exception):
    """One picture that cannot be handed on; its words complete the sentence "the picture was …"."""


def original(sample: Sample, limits: Limits) -> bytes:
    """The encoded picture of `sample`. Raises LeftOutError."""
    path = local_path(sample.uri)
    if path is None:
        raise LeftOutError("no file of this machine")
    try:
        if not path.is_file():
            raise LeftOutError("moved or deleted since the run")
        if path.stat().st_size > limits.max_bytes:
            raise LeftOutError("too large to show")
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise LeftOutError("cannot be read") from error
    if hashlib.sha256(data).hexdigest() != sample.id:
        raise LeftOutError("changed since the run")
    return data


def local_path(uri: str) -> Path | None:
    """The path of a `file://` address; None for any other, and for a member of a file (`file:///a.tar#b.png`)."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc or parts.query or parts.fragment:
        return None
    return Path(os.fsdecode(unquote_to_bytes(parts.path)))
