"""How prototypes stand to each other: an odd picture shows itself."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.identity.gallery import Known, Prototype, Reference
from kyara.identity.overview import overview


def prototype(name: str, vector: tuple[float, ...], space: str = "builtin", look: str = "1") -> Prototype:
    return Prototype(name, name, name, None, None, (Reference(space, look, np.asarray(vector, np.float32)),))


def known(**some: list[Prototype]) -> Known:
    return Known({name: tuple(prototypes) for name, prototypes in some.items()}, frozenset(), ())


def test_an_odd_picture_is_nearer_to_somebody_else() -> None:
    rem = [prototype("a", (1.0, 0.0)), prototype("b", (0.9, 0.1)), prototype("wrong", (0.0, 1.0))]
    seen = overview(known(Rem=rem, Ram=[prototype("c", (0.1, 0.9))]))
    assert seen is not None
    assert [one.odd for one in seen.of("Rem")] == [False, False, True]
    (alone,) = seen.of("Ram")
    assert (alone.own, alone.other, alone.odd) == (None, "Rem", False)
    assert alone.to_other == pytest.approx(0.994, abs=1e-3)


def test_a_single_character_has_no_other() -> None:
    seen = overview(known(Rem=[prototype("a", (1.0, 0.0)), prototype("b", (1.0, 0.0))]))
    assert seen is not None
    assert [(one.own, one.other, one.to_other) for one in seen.standings] == [(1.0, None, None)] * 2


def test_what_another_network_saw_is_not_compared() -> None:
    rem = [prototype("a", (1.0, 0.0)), prototype("b", (1.0, 0.0)), prototype("old", (1.0, 0.0, 0.0), look="0")]
    seen = overview(known(Rem=rem))
    assert seen is not None
    assert [one.prototype.id for one in seen.standings] == ["a", "b"]
    assert overview(known(Rem=rem), "clip") is None
    assert overview(known()) is None
