"""Files that are gone, came back and moved are found; what is gone stays described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from kyara.catalogue import opened
from kyara.catalogue.ingest import ingest
from kyara.catalogue.reading import samples
from kyara.catalogue.statistics import statistics
from kyara.catalogue.sync import sync
from kyara.records import Sample


def test_gone_back_and_moved(
    where: str, result: Callable[..., Path], seen: Callable[..., Sample], tmp_path: Path
) -> None:
    folder = tmp_path / "some pictures"
    folder.mkdir()
    given = []
    for name in ("a.png", "b.png", "c.png"):
        path = folder / name
        path.write_bytes(name.encode())
        digest = sha256(path.read_bytes()).hexdigest()
        given.append(replace(seen(name, "blue"), id=digest, uri=path.as_uri()))
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result(given))
        assert sync(catalogue).gone == 0
        (folder / "a.png").rename(tmp_path / "kept.png")
        (folder / "deep").mkdir()
        (folder / "b.png").rename(folder / "deep" / "é #1.png")
        done = sync(catalogue)
        assert (done.files, done.gone, done.back) == (3, 1, 0)
        assert done.moved == (((folder / "b.png").as_uri(), (folder / "deep" / "é #1.png").as_uri()),)
        assert [one.key for one in samples(catalogue, range(9))] == ["a.png", "deep/é #1.png", "c.png"]
        assert (statistics(catalogue).gone, statistics(catalogue).gone_places) == (1, 1)
        (tmp_path / "kept.png").rename(folder / "a.png")
        assert sync(catalogue).back == 1
        assert (statistics(catalogue).gone, statistics(catalogue).gone_places) == (0, 0)
        assert sync(catalogue).moved == ()
