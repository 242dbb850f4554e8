"""Tags and texts spoiled by named profiles, so that whom to trust must be inferred from the context.

True labels go in, and what a data set of that profile would say of them comes out, as tags and as a sentence; the real
extractors then read these. What pixels say is not simulated: that evidence is brought along.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from kyara.fuse.examples import Truth

SENTENCES = {  # by what they tell
    ("eye_color", "hair_color"): (
        "A girl with {hair_color} hair and {eye_color} eyes.",
        "She has {eye_color} eyes and {hair_color} hair.",
        "Portrait of a girl, {hair_color} hair, {eye_color} eyes, looking at the viewer.",
        "A {hair_color}-haired girl with {eye_color} eyes stands by the window.",
    ),
    ("hair_color",): (
        "A girl with {hair_color} hair.",
        "She has {hair_color} hair.",
        "A {hair_color}-haired girl stands by the window.",
    ),
    ("eye_color",): (
        "A girl with {eye_color} eyes.",
        "She has {eye_color} eyes.",
        "Portrait of a girl, {eye_color} eyes, looking at the viewer.",
    ),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One way in which the tags of a data set go wrong: profiles.toml tells what the rates mean."""

    name: str
    drop: float = 0.0
    wrong: float = 0.0
    shifted: float = 0.0
    confusable: bool = False


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What a data set says of one sample."""

    tags: str
    text: str


@dataclass(frozen=True)
class Profiles:
    """All profiles by name, the pairs `left_out` of learning in turn, what is taken for what, and the share of samples
    that have a text at all."""

    by_name: Mapping[str, Profile]
    left_out: tuple[tuple[str, ...], ...]
    confusable: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    texts: float = 1.0

    def spoil(self, name: str, truths: Sequence[Truth], company: Sequence[Sequence[str]], seed: int) -> list[Spoiled]:
        """What a data set of this profile says of samples with these `truths`, in their order.

        `company` are other tags of each, which are dropped at the same rate and never wrong. The neighbour of the last
        sample is the first. Each statement, in tags and in the text, goes wrong on its own.
        """
        profile, found = self.by_name[name], []
        there = _there(truths)
        for i, truth in enumerate(truths):
            draw = random.Random(f"{seed}:{name}:{i}")
            neighbour = (i + 1) % len(truths) if draw.random() < profile.shifted else i
            told = self._told(profile, truths[neighbour], there, draw)
            beside = [tag for tag in company[neighbour] if draw.random() >= profile.drop]
            tags = [_tag(attribute, label) for attribute, label in told.items()] + beside
            draw.shuffle(tags)
            told = self._told(profile, truth, there, draw) if draw.random() < self.texts else {}
            found.append(Spoiled(", ".join(tags), _sentence(told, draw)))
        return found

    def _told(
        self, profile: Profile, truth: Truth, there: Mapping[str, Sequence[str]], draw: random.Random
    ) -> dict[str, str]:
        told = {}
        for attribute, labels in sorted(truth.items()):
            if len(labels) != 1 or draw.random() < profile.drop:
                continue
            (label,) = labels
            told[attribute] = label
            if draw.random() < profile.wrong:
                taken_for = self.confusable.get(attribute, {}).get(label) if profile.confusable else None
                others = [other for other in there[attribute] if other != label] or [label]
                told[attribute] = taken_for if taken_for in others else draw.choice(others)
        return told


@lru_cache
def profiles() -> Profiles:
    """Those of profiles.toml."""
    table = tomllib.loads(files("kyara.fuse").joinpath("profiles.toml").read_text(encoding="utf-8"))
    confusable = {
        attribute: {one: other for pair in pairs for one, other in (pair, pair[::-1])}
        for attribute, pairs in table["confusable"].items()
    }
    by_name = {name: Profile(name, **rates) for name, rates in table["profiles"].items()}
    return Profiles(by_name, tuple(tuple(pair) for pair in table["left_out"]), confusable)


def _there(truths: Sequence[Truth]) -> dict[str, list[str]]:
    """The labels that occur: a wrong one that is never true would teach that whoever names it is wrong."""
    found: dict[str, set[str]] = {}
    for truth in truths:
        for attribute, labels in truth.items():
            found.setdefault(attribute, set()).update(labels)
    return {attribute: sorted(labels) for attribute, labels in found.items()}


def _tag(attribute: str, label: str) -> str:
    return f"{label} {'hair' if attribute == 'hair_color' else 'eyes'}"


def _sentence(told: Mapping[str, str], draw: random.Random) -> str:
    """A sentence that says what is told, and no sentence where nothing is."""
    return draw.choice(SENTENCES[tuple(sorted(told))]).format(**told) if told else ""
