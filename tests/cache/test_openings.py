"""What opening a file told is told again for the same stamp and limits, and never out of a damaged entry."""

from __future__ import annotations

from pathlib import Path

from kyara.cache.openings import Opening, Openings
from kyara.cache.sqlite import SqliteCache
from kyara.images import Header, Limits

ONE = Opening("a" * 64, Header("JPEG", 40, 30, 1, 6))


def test_what_was_learnt_is_known_by_its_stamp_alone(tmp_path: Path) -> None:
    openings = Openings(SqliteCache(tmp_path / "c"), Limits())
    openings.learn({b"one": ONE})
    openings.learn({})
    assert openings.known([b"one", b"other"]) == {b"one": ONE}
    assert Openings(SqliteCache(tmp_path / "c"), Limits()).known([b"one"]) == {b"one": ONE}


def test_other_limits_open_anew(tmp_path: Path) -> None:
    store = SqliteCache(tmp_path / "c")
    Openings(store, Limits()).learn({b"one": ONE})
    assert Openings(store, Limits(max_pixels=100)).known([b"one"]) == {}


def test_a_damaged_entry_is_not_known() -> None:
    class Damaged:
        def get(self, kind: object, keys: object) -> dict[bytes, bytes]:
            return dict(zip(keys, [b"", b"{", b"[]", b"7", b'["a"]'], strict=True))

    assert Openings(Damaged(), Limits()).known([b"1", b"2", b"3", b"4", b"5"]) == {}
