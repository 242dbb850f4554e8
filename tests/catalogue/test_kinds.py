"""`column IN items` holds for the items and for nothing else, whether they leave gaps or not."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from kyara.catalogue import opened
from kyara.catalogue.kinds import among
from kyara.catalogue.schema import source

NAMES = {1: "a", 2: "b\0", 3: "\uf8f0", 4: "4", 5: "é"}


@pytest.mark.parametrize("wanted", [[], [3], [2, 3, 4], [4, 2, 3, 3], [1, 1, 3], [5, 1], range(2, 9), [-1, 0, 1]])
def test_numbers(where: str, wanted: list[int]) -> None:
    with opened(where, write=True) as catalogue, catalogue.writing() as connection:
        connection.execute(insert(source), [{"number": number, "name": name} for number, name in NAMES.items()])
        rows = select(source.c.number).where(among(connection, source.c.number, wanted))
        assert set(connection.execute(rows).scalars()) == set(wanted) & set(NAMES)
        words = [NAMES.get(number, "no such name") for number in wanted]
        rows = select(source.c.number).where(among(connection, source.c.name, words))
        assert set(connection.execute(rows).scalars()) == set(wanted) & set(NAMES)
