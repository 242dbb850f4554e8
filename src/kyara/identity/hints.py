"""The second opinion on an identity: do character tags name the same somebody? It is shown, and overrides nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum


class Opinion(StrEnum):
    """What the tags say of an answer."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    HINT_ONLY = "hint only"
    SILENT = ""


def opinion(identity: str | None, hints: Sequence[str]) -> Opinion:
    """What `hints` (names by character tags, of everybody in the picture) say of `identity` (None: unknown)."""
    if not hints:
        return Opinion.SILENT
    if identity is None:
        return Opinion.HINT_ONLY
    return Opinion.AGREES if any(same(identity, hint) for hint in hints) else Opinion.DISAGREES


def same(name: str, hint: str) -> bool:
    """True where both name one character: "Rem" is rem_(re:zero), "Miku Hatsune" is hatsune_miku."""
    return _words(name) == _words(hint)


def _words(name: str) -> frozenset[str]:
    plain = re.sub(r"\([^)]*\)", " ", name.casefold().replace("_", " "))
    return frozenset((plain.strip() or name.casefold()).split())
