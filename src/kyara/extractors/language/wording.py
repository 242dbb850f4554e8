"""The vocabulary's prompts, which speak of pictures, as one says the same of a text."""

from __future__ import annotations

import re

_MEDIUM = re.compile(r"^an? (?:anime |digital )?(?:illustration|drawing|portrait|close-up|picture) of ")
_ANIME = re.compile(r"\b(an )?anime ")


def spoken(prompt: str) -> str:
    """ "an anime illustration of a young child" → "a young child", "an anime boy or man" → "a boy or man"."""
    return _ANIME.sub(lambda found: "a " if found[1] else "", _MEDIUM.sub("", prompt))
