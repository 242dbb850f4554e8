"""The card of a learned fusion: when and from what it was learned, and how it did on values it had not seen.

A card is told and judged by; nothing is computed from it but whether its files are as they were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from kyara.errors import FusionError

CARD = "card.json"


@dataclass(frozen=True, slots=True)
class Score:
    """How a fusion did on `values` that a person knows: how many answers were wrong, and the Brier score of their
    confidences: the mean of (confidence - share of the labels that is true)²."""

    values: int
    errors: int
    brier: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A fusion beside another on the held-out values of one attribute."""

    own: Score
    other: Score


@dataclass(frozen=True, slots=True)
class Figures:
    """A fusion beside another on the same held-out values. `only_own` and `only_other` count what one alone got wrong,
    `p` is that of an exact paired test (McNemar): how likely so uneven a split is if both are equally good."""

    own: Score
    other: Score
    other_name: str
    only_own: int
    only_other: int
    p: float
    attributes: Mapping[str, Pair] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Play:
    """How a policy plays, a sighting: its reward, what its answers are worth (fuse.policy.episodes), what it spends."""

    reward: float
    worth: float
    spent: float


@dataclass(frozen=True, slots=True)
class Played:
    """A policy beside another on the same held-out `sightings`; `p` of an exact sign test on their rewards."""

    sightings: int
    own: Play
    other: Play
    p: float


@dataclass(frozen=True, slots=True)
class Card:
    """Of one version. `examples` counts the values learned from by where they come from, `figures` are of its fusion,
    `played` of its policy where that was learned with it; `parent` is the version it began with, `at` seconds since
    1970. Version, kyara, vocabulary and files are filled in where it is kept."""

    examples: Mapping[str, int]
    figures: Figures | None = None
    parent: str | None = None
    played: Played | None = None
    at: float = 0.0
    version: str = ""
    kyara: str = ""
    vocabulary: str = ""  # digest
    files: Mapping[str, str] = field(default_factory=dict)  # name → SHA-256

    def packed(self) -> bytes:
        """As JSON, for a file."""
        return orjson.dumps(self, option=orjson.OPT_INDENT_2)


_READ = TypeAdapter(Card)


def read_card(path: Path) -> Card:
    """The card at `path`. Raises FusionError where it is none, OSError where it cannot be read."""
    try:
        return _READ.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise FusionError(f"{path.name}: {'.'.join(map(str, first['loc']))} {first['msg']}") from error
