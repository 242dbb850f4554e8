"""Exact duplicates: found over all parts, told by the whole id, and nothing else is deleted or named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.quality.duplicates import SCHEMA, find_duplicates

Write = Callable[..., list[Path]]


def content(number: int, prefix: int = 0) -> str:
    return f"{prefix:016x}{number:048x}"


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    def parts(*shards: list[str]) -> list[Path]:
        folder, paths, at = tmp_path_factory.mktemp("parts"), [], 0
        for number, ids in enumerate(shards):
            keys = [f"k{at + n}" for n in range(len(ids))]
            at += len(ids)
            columns = {"key": pa.array(keys, pa.string()), "id": pa.array(ids, pa.string()), "uri": keys}
            paths.append(folder / f"{number}.parquet")
            pq.write_table(pa.table(columns), paths[-1])
        return paths

    return parts


def found(paths: list[Path]) -> list[tuple[str, str]]:
    table = find_duplicates(paths)
    assert table.schema == SCHEMA
    return [(row["key"], row["first_key"]) for row in table.to_pylist()]


def test_every_later_one_names_the_first(write: Write) -> None:
    a, b, c = (content(n, prefix=n) for n in range(3))
    assert found(write([a, b, a], [c, a], [], [b])) == [("k2", "k0"), ("k4", "k0"), ("k5", "k1")]


def test_the_table_holds_the_id(write: Write) -> None:
    assert find_duplicates(write([content(5), content(5)]))["id"].to_pylist() == [content(5)]


@pytest.mark.parametrize("shards", [[], [[]], [[content(1, 1)]], [[content(1, 1)], [content(2, 2)]]], ids=len)
def test_without_duplicates_the_table_is_empty(shards: list[list[str]], write: Write) -> None:
    assert found(write(*shards)) == []


def test_ids_that_begin_alike_are_no_duplicates(write: Write) -> None:
    high = 2**64 - 1
    assert found(write([content(1, high), content(2, high)], [content(2, high)])) == [("k2", "k1")]


@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=6), max_size=4))
def test_it_is_what_a_plain_search_finds(write: Write, shards: list[list[tuple[int, int]]]) -> None:
    ids = [[content(number, prefix) for number, prefix in shard] for shard in shards]
    first: dict[str, str] = {}
    wanted = []
    for at, one in enumerate(one for shard in ids for one in shard):
        if first.setdefault(one, f"k{at}") != f"k{at}":
            wanted.append((f"k{at}", first[one]))
    assert found(write(*ids)) == wanted
