"""A cast starts empty, and nobody in it is anybody's default."""

from __future__ import annotations

from kyara.extractors.text.cast import Cast, Person


def test_casts_do_not_share_people() -> None:
    one, other = Cast(), Cast()
    one.people.append(Person())
    assert other.people == []
