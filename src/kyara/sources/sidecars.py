"""The small files beside a picture that say what is in it: `.txt` and `.caption` (tags, sentences or both), `.json`.

`a.png` has `a.txt` and `a.png.txt`, likewise the others; all that are there are read, in the order of `KINDS`, and
`a.jpg` beside it has `a.txt` too. JSON is what gallery-dl, Danbooru's API or waifuc (`.a_meta.json`) write, or our own.
Knows encodings and sizes; what fields mean is in fields.py.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

import orjson

from kyara.sources import files, places, prose
from kyara.sources.fields import Columns, UnusableError, Words, joined, words

KINDS = (".txt", ".caption", ".json")
LARGEST_BYTES = 1_000_000


def described(paths: Sequence[str]) -> Words:
    """What the sidecars at `paths` say together. Raises UnusableError naming the file and the remedy."""
    found = [_one(path) for path in paths]
    if len(found) == 1:
        return found[0]
    text = dict.fromkeys(text for _, text, _ in found if text)
    sightings = tuple(sighting for _, _, some in found for sighting in some)
    return joined([tags for tags, _, _ in found]), "\n".join(text) or None, sightings


def content(path: str) -> bytes:
    """What stands for a sidecar in a fingerprint: its bytes; of one that cannot be read, its stamp."""
    try:
        return places.read(path, LARGEST_BYTES)
    except OSError:
        return places.stamp(path)


def _one(path: str) -> Words:
    name = files.portable(places.name_of(path))
    try:
        text = decoded(places.read(path, LARGEST_BYTES))
        return _from_json(text) if name.lower().endswith(".json") else (*prose.split(text), ())
    except OSError as error:
        remedy = "make it readable, shorten it, or move it away if it is no sidecar"
        raise UnusableError(f"sidecar {name}: {error.strerror}; {remedy}") from error
    except UnusableError as error:
        raise UnusableError(f"sidecar {name}: {error}") from error


def decoded(raw: bytes) -> str:
    """Text in UTF-8, or in UTF-16 where it begins with a byte order mark. Raises UnusableError for anything else."""
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableError(f"not {error.encoding.upper()} at byte {error.start}; save it as UTF-8") from error
    if "\0" in text:
        raise UnusableError("holds NUL characters, so it is no text; save it as UTF-8 text, or move it away")
    return text


def _from_json(text: str) -> Words:
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnusableError(f"not valid JSON: {error}; correct it") from error
    if not isinstance(row, dict):
        raise UnusableError('not a JSON object; expected one such as {"tags": "1girl, smile", "text": "…"}')
    post = next((value for value in row.values() if isinstance(value, dict) and "tag_string" in value), {})
    return words({**post, **row}, Columns())  # waifuc keeps the post of a booru as a field
