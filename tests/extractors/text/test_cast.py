"""A cast starts empty, and nobody in it is anybody's default."""

from __future__ import annotations

from kyara.extractors.text.cast import Cast, Person, lay_out


def test_casts_do_not_share_people() -> None:
    one, other = Cast(), Cast()
    one.people.append(Person())
    assert other.people == []


def test_what_precedes_the_first_break_is_the_firsts() -> None:
    owners, shared = lay_out([(3, (1,), False), (1, (0,), True)], 4)
    assert owners == [(0,), (0,), (0,), (1,)]
    assert shared == [True, True, True, False]
