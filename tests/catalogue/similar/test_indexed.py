"""An index file that is damaged or cannot be kept costs time, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from kyara.catalogue import opened
from kyara.catalogue.similar import Neighbours
from kyara.records import Embedding, Sample, Sighting


def made(space: str) -> list[Sample]:
    random = np.random.default_rng(0)
    seen = [(Sighting(embeddings=(Embedding(space, random.normal(size=8).astype(np.float32)),)),) for _ in range(50)]
    return [Sample(f"{i}", f"{i:064d}", f"file:///{i}", 9, 9, sightings=some) for i, some in enumerate(seen)]


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
@pytest.mark.parametrize("space", ["clip-head", "../naughty/☃ name"])
def test_a_damaged_index_is_made_anew(fill: Callable[[Sequence[Sample]], str], space: str) -> None:
    with opened(fill(made(space))) as catalogue:
        first = Neighbours(catalogue, space, exact=10).of(np.ones(8), 5)
        (file,) = Path(catalogue.url).parent.glob("*.usearch")
        assert file.name.startswith("kyara.db.")
        for damage in (b"", b"no index", file.read_bytes()[:100]):
            file.write_bytes(damage)
            assert Neighbours(catalogue, space, exact=10).of(np.ones(8), 5) == first
            assert file.stat().st_size > 1000


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_an_index_that_cannot_be_kept_still_answers(
    fill: Callable[[Sequence[Sample]], str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    with opened(fill(made("clip"))) as catalogue:
        monkeypatch.setattr(Path, "replace", refuse)
        assert len(Neighbours(catalogue, "clip", exact=10).of(np.ones(8), 5)) == 5
        assert "cannot be kept" in caplog.text
        monkeypatch.undo()
        assert list(Path(catalogue.url).parent.glob("*usearch*")) == []
