"""Tag strings as they occur, cut into single tags in Danbooru's spelling.

Comma- or space-separated, underscores or spaces, escaped parentheses, A1111/NovelAI/kohya weights and brackets, `|||`,
`<lora:…>`, category prefixes. It knows how tags are written, not what any of them means.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PREFIXES = {
    "artist": "artist",
    "by": "artist",
    "character": "character",
    "char": "character",
    "copyright": "series",
    "series": "series",
    "parody": "series",
    "meta": "meta",
    "rating": "rating",
    "general": "general",
}
MAX_CHARS = 100_000  # of one string; a sidecar of ten megabytes is not a list of tags
_NETWORK = re.compile(r"<[a-z_]+:[^<>,]*>", re.IGNORECASE)  # <lora:name:0.8>; spares >_< and <o>_<o>
_WEIGHT = re.compile(r":\s*[+-]?(\d+(\.\d*)?|\.\d+)$")
_WORD = re.compile(r"[^\W_]{2}")  # what an emoticon never has: two letters or digits in a row
_PLAIN = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")  # by far most tags of Danbooru
_SPACES = re.compile(r"[\s_]+")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_OPEN, _CLOSE = "\x01", "\x02"  # stand for escaped parentheses, which are part of the name
_KEYWORDS = {"BREAK", "AND"}  # of A1111 prompts, in capitals


class Written(NamedTuple):
    """One tag as it was meant: in Danbooru's spelling, with the category its prefix gave, if any."""

    tag: str
    category: str | None = None


def parse(text: str) -> list[Written]:
    """All tags of a string, in order, empty pieces left out. Never raises."""
    cleaned = (clean(piece) for piece in split(text))
    return [written for written in cleaned if written.tag]


def split(text: str) -> list[str]:
    """The raw pieces of a tag string. Commas separate where there are any, else white space does."""
    if len(text) > MAX_CHARS:
        text = text[:MAX_CHARS]
    if "<" in text:
        text = _NETWORK.sub(",", text) if "," in text else _NETWORK.sub(" ", text)
    if "|||" in text:
        text = text.replace("|||", ",")
    if "," not in text:
        if "\n" in text and "_" not in text and len(lines := text.strip().splitlines()) > 1:
            return lines  # one tag a line
        return text.split()
    if "\n" in text:
        text = text.replace("\n", ",")
    pieces = text.split(",")
    if "_" not in text:
        return pieces
    return [part for piece in pieces for part in _unmixed(piece)]


def _unmixed(piece: str) -> list[str]:
    """`long_hair blue_eyes` between two commas is two tags; `long hair` and `re:zero kara` are one."""
    words = piece.split()
    return words if len(words) > 1 and all("_" in word for word in words) else [piece]


def clean(piece: str) -> Written:
    """One raw piece without weights, brackets, escapes and prefix. An emoticon comes out as it went in."""
    if _PLAIN.fullmatch(piece):
        return Written(piece)
    bare = piece.strip().strip('"').strip()
    if bare in _KEYWORDS:
        return Written("")
    if len(bare) <= 5 and not _WORD.search(bare):
        return Written(_unwrapped_face(bare).lower())
    bare = _unweighted(bare.replace("\\(", _OPEN).replace("\\)", _CLOSE).replace("\\", ""))
    bare = bare.replace(_OPEN, "(").replace(_CLOSE, ")").lower()
    category, bare = _prefix(bare)
    return Written(_SPACES.sub("_", bare.strip()).strip("_") if _WORD.search(bare) else bare, category)


def _unwrapped_face(face: str) -> str:
    return face[1:-1] if len(face) > 3 and face[0] == "(" and face[-1] == ")" and face[1] in ":;=x" else face


def _unweighted(bare: str) -> str:
    """`((tag:1.2))`, `[tag]`, `{tag}`, and the halves a comma inside brackets leaves: `(tag`, `tag:1.2)`."""
    while bare:
        inner = bare.strip()
        if (shorter := _WEIGHT.sub("", inner)) and shorter != inner:
            inner = shorter
        elif inner[:1] in _CLOSING and _wraps(inner):
            inner = inner[1:-1]
        elif inner[:1] in _CLOSING and inner.count(inner[0]) > inner.count(_CLOSING[inner[0]]):
            inner = inner[1:]
        elif inner[-1:] in ")]}" and inner.count(inner[-1]) > inner.count("([{"[")]}".index(inner[-1])]):
            inner = inner[:-1]
        if inner == bare or not inner:
            return inner
        bare = inner
    return bare


def _wraps(bare: str) -> bool:
    """True where the bracket that opens `bare` is closed by its last character."""
    opening, closing, depth = bare[0], _CLOSING[bare[0]], 0
    for place, letter in enumerate(bare):
        depth += (letter == opening) - (letter == closing)
        if depth == 0:
            return place == len(bare) - 1
    return False


def _prefix(bare: str) -> tuple[str | None, str]:
    head, colon, rest = bare.partition(":")
    category = PREFIXES.get(head.strip()) if colon and rest.strip() else None
    return (category, rest) if category else (None, bare)
