"""What was said of a sighting comes back from its row as it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kyara.catalogue import opened
from kyara.catalogue.told import ENTRY, packed, told
from kyara.records import Sample


def test_entries_are_cut_where_a_sighting_ends() -> None:
    entries = np.array([(1, 70_000, 1 / 3, True), (2, 5, 0.0, False), (65_535, 2**32 - 1, 1.0, True)], ENTRY)
    packs = packed(entries, np.array([2, 0, 1]))
    assert [pack and len(pack) for pack in packs] == [30, None, 15]
    np.testing.assert_array_equal(np.frombuffer(b"".join(filter(None, packs)), ENTRY), entries)
    assert packed(entries[:0], np.array([], np.int64)) == []


def test_the_chosen_sightings_are_read(fill: Callable[[list[Sample]], str], seen: Callable[..., Sample]) -> None:
    where = fill([seen("a.png", "blue", "red", sure=1 / 3), seen("b.png", "pink")])
    with opened(where) as catalogue, catalogue.reading() as connection:
        whose, entries = told(connection, [1, 3, 99])
        assert whose.tolist() == [1, 1, 1, 3, 3, 3]
        assert entries["confidence"][:3].tolist() == pytest.approx([1 / 3, 0.75, 0.75], rel=0, abs=0)
        assert entries["decided"].tolist() == [False, True, True, True, True, True]
        whose, entries = told(connection, [])
        assert len(whose) == len(entries) == 0
