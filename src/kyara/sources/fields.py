"""What the named fields of a sidecar or of a table's row mean: tags, text, boxes, a key, a picture.

Takes plain mappings, as JSON, CSV and Parquet give them; knows no file format. Columns that are there under several
names are asked in order, and the first that is not empty answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from kyara.records import Box, Sighting

RATINGS = frozenset(("g", "s", "q", "e", "general", "safe", "sensitive", "questionable", "explicit"))
GENERAL = ("tag_string_general", "tags_general")  # tags without those of the other categories
SPACED = ("tag_string_character", "tags_character")
PICKLED = "__type"  # of what waifuc keeps as base64 of a pickle, because JSON cannot
PREFIXED = frozenset(("artist", "character", "copyright", "meta"))
Row = Mapping[str, object]
Words = tuple[str | None, str | None, tuple[Sighting, ...]]  # tags, text, and boxes that came with them


class UnusableError(ValueError):
    """A field, row or sidecar that cannot be read; becomes a Skip with this message as detail."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Under which names each role is looked for, in order."""

    image: tuple[str, ...] = ("image", "file_name")
    tags: tuple[str, ...] = ("tag_string_general", "tags_general", "tags", "tag_string")
    text: tuple[str, ...] = ("text", "caption", "description")
    key: tuple[str, ...] = ("key", "id", "name")
    character: tuple[str, ...] = ("character", "characters", "tag_string_character", "tags_character")
    copyright: tuple[str, ...] = ("tag_string_copyright", "tags_copyright")
    artist: tuple[str, ...] = ("tag_string_artist", "tags_artist")
    meta: tuple[str, ...] = ("tag_string_meta", "tags_meta")
    rating: tuple[str, ...] = ("rating",)
    sightings: tuple[str, ...] = ("sightings",)

    def renamed(self, role: str, column: str) -> Columns:
        """The same, with only `column` for `role`."""
        return replace(self, **{role: (column,)})

    def among(self, names: Collection[str]) -> Columns:
        """The same, without the columns that are not in `names`."""
        return Columns(*(tuple(name for name in role if name in names) for role in astuple(self)))


def first(row: Row, names: tuple[str, ...]) -> object:
    """The first value under `names` that is not empty, else None."""
    for name in names:
        value = row.get(name)
        if value is not None and value != "" and value != []:
            return value
    return None


def words(row: Row, columns: Columns) -> Words:
    """Tags, text and sightings of a row. Raises UnusableError naming the field, what it holds and what it should."""
    value = first(row, columns.tags) if columns.tags else None
    tags = _categorised(value) if isinstance(value, dict) and PICKLED not in value else _tags(value)
    if columns.character and (characters := first(row, columns.character)) is not None:
        tags = _with_characters(tags, characters, split=_is_spaced(row, characters))
    if columns.copyright or columns.artist or columns.meta:
        tags = _with_categories(tags, row, columns)
    if columns.rating and isinstance(rating := first(row, columns.rating), str) and rating in RATINGS:
        tags = joined([tags, f"rating:{rating}"])
    text = _text(first(row, columns.text)) if columns.text else None
    sightings = _sightings(first(row, columns.sightings)) if columns.sightings else ()
    return tags, text, sightings


def key(row: Row, columns: Columns) -> str:
    """The row's own key, empty where it has none. Not unique by itself."""
    if not columns.key:
        return ""
    value = first(row, columns.key)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UnusableError(f"key is {_kind(value)}; expected text or a whole number")


def joined(parts: Sequence[str | None]) -> str | None:
    """Several tag strings as one: comma-separated as soon as one of them is, else space-separated."""
    given = list(dict.fromkeys(part for part in parts if part))
    if len(given) > 1 and any("," in part for part in given):
        given = [part if "," in part else ", ".join(part.split()) for part in given]
        return ", ".join(given)
    return " ".join(given) or None


def _tags(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if value is None:
        return None
    return ", ".join(_underscored(name) for name in _texts("tags", value)) or None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    return None if value is None else "\n".join(_texts("text", value)).strip() or None


def _texts(field: str, value: object) -> list[str]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [item for item in value if item.strip()]
    raise UnusableError(f"{field} is {_kind(value)}; expected text or a list of texts")


def _underscored(name: str) -> str:
    """A tag that no separator can break: `long hair` in a list is one tag."""
    return "_".join(name.split())


def _is_spaced(row: Row, value: object) -> bool:
    """True for Danbooru's own fields, where a space ends a tag."""
    return any(row.get(name) is value for name in SPACED)


def _with_categories(tags: str | None, row: Row, columns: Columns) -> str | None:
    """`tags` with works, artists and meta tags, where they come apart and are not among the tags yet."""
    if first(row, columns.tags) is not first(row, GENERAL):
        return tags
    named = {"copyright": columns.copyright, "artist": columns.artist, "meta": columns.meta}
    return joined([tags, *(f"{prefix}:{name}" for prefix, names in named.items() for name in _listed(row, names))])


def _listed(row: Row, names: tuple[str, ...]) -> list[str]:
    value = first(row, names)
    if isinstance(value, str):
        return value.split()
    return [] if value is None else [_underscored(name) for name in _texts(names[0], value)]


def _categorised(value: dict[str, object]) -> str | None:
    """Tags as an object: lists by category (e621, by gallery-dl), or scores by tag (waifuc)."""
    if all(isinstance(item, int | float) for item in value.values()):
        return joined([_underscored(name) for name in value])
    parts: list[str] = []
    for category, names in value.items():
        prefix = f"{category}:" if category in PREFIXED else ""
        parts += [prefix + _underscored(name) for name in _texts(f"tags.{category}", names)]
    return joined(parts)


def _with_characters(tags: str | None, value: object, split: bool) -> str | None:
    """`tags` with each character's name as `character:NAME`, and no more as a tag like any other."""
    if isinstance(value, str):
        names = value.split() if split else [_underscored(name) for name in value.split(",")]
    else:
        names = [_underscored(name) for name in _texts("character", value)]
    if tags and split and "," not in tags:
        tags = " ".join(tag for tag in tags.split() if tag not in names)
    return joined([tags, *(f"character:{name}" for name in names if name)])


def _sightings(value: object) -> tuple[Sighting, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise UnusableError(f'sightings is {_kind(value)}; expected a list such as [{{"head": [10, 5, 60, 55]}}]')
    return tuple(_sighting(item, f"sightings[{i}]") for i, item in enumerate(value))


def _sighting(item: object, where: str) -> Sighting:
    if not isinstance(item, Mapping) or not (item.get("head") or item.get("body")):
        raise UnusableError(f"{where} is {_kind(item)} without a box; expected an object with head, body or both")
    return Sighting(_box(item.get("head"), f"{where}.head"), _box(item.get("body"), f"{where}.body"))


def _box(value: object, where: str) -> Box | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 4 or not all(map(_fits, value)):
        raise UnusableError(f"{where} is {value!r:.80}; expected four numbers [x0, y0, x1, y1] in pixels")
    x0, y0, x1, y1 = map(float, value)
    if x0 >= x1 or y0 >= y1:
        raise UnusableError(f"{where} is {value!r:.80}, an empty box; expected x0 < x1 and y0 < y1")
    return x0, y0, x1, y1


def _fits(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and -1e9 < number < 1e9


_KINDS = {bool: "true or false", int: "a number", float: "a number", dict: "an object", bytes: "bytes", str: "text"}


def _kind(value: object) -> str:
    if isinstance(value, dict) and PICKLED in value:
        return f"a pickled {value[PICKLED]}, which is never loaded"
    if isinstance(value, list):
        odd = next((type(item) for item in value if not isinstance(item, str)), str)
        return "a list" if odd is str else f"a list with {_KINDS.get(odd, odd.__name__)} in it"
    return _KINDS.get(type(value), type(value).__name__)
