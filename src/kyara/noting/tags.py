"""What a tag says outright of a picture: monochrome, comic, chibi … Knows the lists of tags.toml, and not how tags are
written: whoever asks has parsed them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

from kyara.records import NoteKind


@lru_cache(maxsize=1)
def tags_of_notes() -> dict[str, NoteKind]:
    """Tag in Danbooru's spelling → the note it gives."""
    table = tomllib.loads(files("kyara.noting").joinpath("tags.toml").read_text(encoding="utf-8"))
    return {tag: NoteKind(kind) for kind, tags in table.items() for tag in tags}
