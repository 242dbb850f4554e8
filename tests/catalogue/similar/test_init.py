"""The nearest are found exactly, by an index and by pgvector; what changed is seen, what is gone is not found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from pyroaring import BitMap

from kyara.catalogue import Catalogue, opened
from kyara.catalogue.similar import Neighbours, hnsw, indexed, spaces, vectors
from kyara.errors import CatalogueError
from kyara.records import Embedding, Sample, Sighting

COUNT, LENGTH, GROUPS = 1_500, 16, 30
Fill = Callable[[Sequence[Sample]], str]


def looks(count: int = COUNT, seed: int = 0) -> np.ndarray:
    """Groups of vectors that lie near one another, as pictures of one character do."""
    random = np.random.default_rng(seed)
    middles = random.normal(size=(GROUPS, LENGTH))
    return (middles[np.arange(count) % GROUPS] + 0.5 * random.normal(size=(count, LENGTH))).astype("<f2")


def pictures(vectors: np.ndarray, space: str = "look's: 1", name: str = "") -> list[Sample]:
    shown = [(Sighting(embeddings=(Embedding(space, vector.astype(np.float32)),)),) for vector in vectors]
    return [
        Sample(f"{name}{i}.png", f"{name}{i:064d}", f"file:///p/{name}{i}.png", 9, 9, sightings=sightings)
        for i, sightings in enumerate(shown)
    ]


def truth(vectors: np.ndarray, of: np.ndarray, limit: int = 10, within: BitMap | None = None) -> list[int]:
    """The nearest by plain numpy; sighting i + 1 is row i."""
    whole = vectors.astype(np.float32)
    cosine = whole @ of.astype(np.float32) / np.linalg.norm(whole, axis=1)
    ranked = [int(i) + 1 for i in np.argsort(-cosine)]
    return [number for number in ranked if within is None or number in within][:limit]


def recall(neighbours: Neighbours, within: BitMap | None = None) -> float:
    found = [({near.number for near in neighbours.of(one, 10, within)}, one) for one in looks(20, seed=1)]
    return float(np.mean([len(some & {*truth(looks(), one, within=within)}) / 10 for some, one in found]))


@pytest.fixture
def catalogue(fill: Fill) -> Iterator[Catalogue]:
    with opened(fill(pictures(looks())), write=True) as catalogue:
        yield catalogue


def test_few_vectors_are_compared_exactly(catalogue: Catalogue) -> None:
    neighbours = Neighbours(catalogue, "look's: 1")
    own = looks()[7]
    best = neighbours.of(own, 10)
    assert [near.number for near in best] == truth(looks(), own)
    assert best[0].number == 8
    assert best[0].similarity == pytest.approx(1, abs=2e-3)
    assert recall(neighbours) == 1
    half = BitMap(range(1, COUNT // 2))
    assert recall(neighbours, half) == 1
    assert len(neighbours.of(own, COUNT + 5)) == COUNT
    assert neighbours.of(own, 10, BitMap([9999])) == []
    assert spaces(catalogue) == ["look's: 1"]
    assert list(vectors(catalogue, "look's: 1", BitMap([8, 9999]))) == [8]
    with pytest.raises(CatalogueError, match="no vectors of 5 numbers"):
        neighbours.of(np.ones(5), 10)


def test_an_index_finds_nearly_all(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "FEW", 300)
    monkeypatch.setattr(hnsw, "FEW", 300)
    made: list[int] = []
    neighbours = Neighbours(catalogue, "look's: 1", exact=1000, watch=made.append)
    assert recall(neighbours) >= 0.95
    assert recall(neighbours, BitMap(range(1, COUNT // 2))) >= 0.95
    assert recall(neighbours, BitMap(range(1, 200))) == 1, "few are compared one by one"
    if catalogue.path:
        assert made[-1] == COUNT
        Neighbours(catalogue, "look's: 1", exact=1000, watch=lambda _: pytest.fail("made again")).of(looks()[0])
    else:
        with catalogue.reading() as connection:
            indexes = connection.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE tablename = 'embedding'")
            assert sum("hnsw" in row[0] for row in indexes) == 1


def test_what_came_since_is_found(catalogue: Catalogue, fill: Fill) -> None:
    held = {exact: Neighbours(catalogue, "look's: 1", exact) for exact in (1000, 100_000)}
    new = -looks()[:1]
    assert all(neighbours.of(new[0], 1)[0].similarity < 0.9 for neighbours in held.values())
    fill(pictures(new, name="new"))
    for neighbours in held.values():
        (best,) = neighbours.of(new[0], 1)
        assert (best.number, best.similarity > 0.99) == (COUNT + 1, True)
    if catalogue.path:
        assert len(list(catalogue.path.parent.glob("*.usearch"))) == 1, "the old index is gone"
