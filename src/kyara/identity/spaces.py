"""Embedding spaces: which is best, whose it is, and the thresholds that come with it (spaces.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from kyara.identity.threshold import Shipped

COVERS = 0.5  # a space is chosen by itself where at least this share of the sightings has an embedding in it


@cache
def spaces() -> dict[str, dict[str, Any]]:
    """What is known of each space, best first."""
    return tomllib.loads(files("kyara.identity").joinpath("spaces.toml").read_text(encoding="utf-8"))


def shipped(space: str) -> Shipped | None:
    """The thresholds that come with `space`, where there are any."""
    return shipped_from(spaces().get(space, {}))


def shipped_from(facts: Mapping[str, Any]) -> Shipped | None:
    """Thresholds out of a table with far_1_percent, far_0_1_percent and measured_on, where it has them."""
    if not {"far_1_percent", "far_0_1_percent"} <= facts.keys():
        return None
    measured_on = str(facts.get("measured_on", "the figures that come with the network"))
    return Shipped(float(facts["far_1_percent"]), float(facts["far_0_1_percent"]), measured_on)


def best(counts: Mapping[str, int], of: int) -> str | None:
    """The best space by the order of spaces.toml, unknown ones last, among those that cover half of `of` sightings;
    where none does, the one that covers most; None where there is none."""
    order = {name: place for place, name in enumerate(spaces())}
    wide = [space for space, count in counts.items() if count >= COVERS * of]
    ranked = sorted(
        wide or counts, key=lambda space: (-counts[space] * (not wide), order.get(space, len(order)), space)
    )
    return ranked[0] if ranked else None


def owner(space: str, extractors: Collection[str]) -> str | None:
    """The extractor that makes `space`: the one it is named after, as clip-head is after clip."""
    named = [name for name in extractors if space == name or space.startswith(f"{name}-")]
    return max(named, key=len, default=None)
