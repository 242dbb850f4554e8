"""What tags mean beside the vocabulary, read from danbooru.toml and aliases.csv, and a user's own tag table.

It holds facts only; meanings.py draws the conclusions.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from kyara.errors import SettingsError

CATEGORIES = {"0": "general", "1": "artist", "3": "series", "4": "character", "5": "meta"}
FACT_FILES = ("danbooru.toml", "aliases.csv")
GIRLS, BOYS, OTHERS, ANYONE = "girls", "boys", "others", "anyone"


@dataclass(frozen=True, slots=True)
class Count:
    """What one tag says of how many characters there are: `2girls`, or at least so many: `multiple_girls`."""

    kind: str
    number: int
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class TagFacts:
    """The lists of danbooru.toml (explained there) and the other spellings of tags."""

    ratings: frozenset[str]
    meta: frozenset[str]
    meta_endings: tuple[str, ...]
    general_qualifiers: frozenset[str]
    series_qualifiers: frozenset[str]
    known_series: frozenset[str]
    own_qualifiers: frozenset[str]
    things: frozenset[str]
    heads: frozenset[str]
    refused: frozenset[str]
    inert: frozenset[str]
    real: frozenset[str]
    supersedes: Mapping[str, Mapping[str, str]]
    counts: Mapping[str, Count]
    aliases: Mapping[str, str]


@lru_cache(maxsize=1)
def tag_facts() -> TagFacts:
    """The facts that come with Kyara."""
    room = files("kyara.extractors.tags")
    table = tomllib.loads(room.joinpath(FACT_FILES[0]).read_text(encoding="utf-8"))
    exact, at_least = table.pop("count"), table.pop("at_least")
    counts = {tag: Count(kind, n) for kind, tags in exact.items() for tag, n in tags.items()}
    counts |= {tag: Count(kind, n, at_least=True) for kind, tags in at_least.items() for tag, n in tags.items()}
    rows = csv.reader(io.StringIO(room.joinpath(FACT_FILES[1]).read_text(encoding="utf-8")))
    aliases = dict(row for row in list(rows)[1:])
    supersedes, endings = table.pop("supersedes"), tuple(table.pop("meta_endings"))
    lists = {key: frozenset(items) for key, items in table.items()}
    return TagFacts(supersedes=supersedes, meta_endings=endings, counts=counts, aliases=aliases, **lists)


@dataclass(frozen=True, slots=True)
class TagTable:
    """Exact categories and aliases from a user's table; empty where there is none."""

    categories: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)


def read_tag_table(path: Path) -> TagTable:
    """The a1111-tagcomplete format: `name,category,count,"alias,alias"`, with or without a header line.

    Raises SettingsError where the file cannot be read or is not such a table.
    """
    categories: dict[str, str] = {}
    aliases: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.reader(lines), 1):
                if len(row) < 2 or (number == 1 and row[1] == "category"):
                    continue
                if row[1] not in CATEGORIES:
                    raise SettingsError(
                        f"tag table {path}, line {number}: category {row[1]!r} found; "
                        "write name,category,count,aliases with category 0, 1, 3, 4 or 5"
                    )
                categories[row[0]] = CATEGORIES[row[1]]
                aliases |= {alias: row[0] for alias in (row[3].split(",") if len(row) > 3 else ()) if alias}
    except OSError as error:
        raise SettingsError(f"tag table {path}: {error.strerror}; give the path of a CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"tag table {path}: {error}; save it as CSV in UTF-8") from error
    return TagTable(categories, aliases)
