"""How a gallery's prototypes stand to each other: how like each is to its own character, how like to others.

An odd one (a wrong picture, somebody else, a far-off style) shows itself by being nearer to another character.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kyara.identity.gallery import Known, Prototype
from kyara.identity.matching import Prototypes
from kyara.identity.spaces import best

if TYPE_CHECKING:
    from kyara.records import Vector


@dataclass(frozen=True, slots=True)
class Standing:
    """One prototype: its similarity to the nearest other one of its character (`own`), and to the nearest of anybody
    else; None where there is no other."""

    name: str
    prototype: Prototype
    own: float | None
    other: str | None
    to_other: float | None

    @property
    def odd(self) -> bool:
        return self.own is not None and self.to_other is not None and self.to_other > self.own


@dataclass(frozen=True, slots=True)
class Overview:
    """The standings in one space, of those prototypes that were looked at by the same network as most."""

    space: str
    prototypes: Prototypes
    standings: tuple[Standing, ...]

    def of(self, name: str) -> list[Standing]:
        return [one for one in self.standings if one.name == name]


def overview(known: Known, space: str | None = None) -> Overview | None:
    """How the prototypes stand in `space` (None: the best there is); None where none has an embedding in it."""
    counts = Counter(r.space for _, p in known for r in p.references)
    space = space or best(counts, sum(map(len, known.identities.values())))
    looks = Counter(r.look for _, p in known for r in p.references if r.space == space)
    if space is None or not looks:
        return None
    look = looks.most_common(1)[0][0]
    vectors: dict[str, list[Vector]] = {}
    there: list[tuple[str, Prototype]] = []
    for name, prototype in known:
        reference = prototype.reference(space)
        if reference is not None and reference.look == look:
            vectors.setdefault(name, []).append(reference.vector)
            there.append((name, prototype))
    prototypes = Prototypes(vectors)
    among, owners = prototypes.among_themselves(), prototypes.owners
    standings = []
    for i, (name, prototype) in enumerate(there):
        own = among[i, owners[i]]
        others = np.where(np.arange(len(prototypes.names)) == owners[i], -np.inf, among[i])
        at = int(np.argmax(others))
        beside = (prototypes.names[at], float(others[at])) if len(prototypes.names) > 1 else (None, None)
        standings.append(Standing(name, prototype, None if np.isnan(own) else float(own), *beside))
    return Overview(space, prototypes, tuple(standings))
