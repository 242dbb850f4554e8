"""What a batch needs is made of its rows alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kyara.catalogue.preparing import prepared, root
from kyara.records import Moment, Reason, Sample, Skip
from kyara.results.columns import to_table

Make = Callable[..., Sample]


@pytest.mark.parametrize(
    ("key", "uri", "expected"),
    [
        ("a/b.png", "file:///x/a/b.png", "file:///x/"),
        ("ä b.png", "file:///x/%C3%A4%20b.png", "file:///x/"),
        ("#3", "posts.csv#3", "posts.csv"),
        ("3", "file:///posts.csv#7", "file:///posts.csv"),
        ("a.png", "a.png", "given"),
        ("", "", "given"),
    ],
)
def test_where_a_key_is_counted_from(key: str, uri: str, expected: str) -> None:
    assert root("given", key, uri) == expected


def test_each_row_has_the_root_of_its_own_address(seen: Make) -> None:
    told = [
        ("a", "s/a"),
        ("b", "s/b"),
        ("b", "t/b"),
        ("c", "c"),
        ("d", "d"),
        ("é", "s/%C3%A9"),
        ("", "s/"),
        ("e", "s/e"),
    ]
    samples = [replace(seen(str(i)), key=key, uri=uri) for i, (key, uri) in enumerate(told)]
    batch = prepared("given", to_table(samples))
    assert list(batch.roots) == [root("given", key, uri) for key, uri in told]
    assert (list(batch.keys), list(batch.uris)) == tuple(map(list, zip(*told, strict=True)))


def test_columns_of_samples(seen: Make) -> None:
    samples = [
        replace(seen("a.png"), moment=Moment("f\0ilm", 3, 12.5)),
        replace(seen("b.png"), skip=Skip("open", Reason.TRUNCATED, "half"), width=None, height=None),
    ]
    batch = prepared("given", to_table(samples))
    assert batch.contents == [samples[0].id, f"{samples[1].id}:b.png"]
    columns = batch.described.samples
    assert (columns["film"], columns["shot"], columns["seconds"]) == (["f\uf8f00ilm", None], [3, None], [12.5, None])
    assert (columns["width"], columns["skip_reason"]) == ([640, None], [None, "truncated"])
    assert len(batch.described.blocks) == 1
