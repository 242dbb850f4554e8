"""Sources for PyTorch: every input once, whatever the workers and ranks; bad pictures are said, not raised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kyara.records import Reason
from kyara.sources import given, open_source
from kyara.sources.loading import SourceDataset, collate, data_loader


@pytest.fixture
def pictures(tmp_path: Path, picture) -> Path:
    for number in range(10):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
        (tmp_path / f"{number}.txt").write_text(f"1girl, {number}_bells")
    return tmp_path


def test_items_and_their_pixels(pictures: Path, picture) -> None:
    first, *rest = SourceDataset(open_source(pictures))
    assert (first["key"], first["tags"], first["text"], first["skip"]) == ("0.png", "1girl, 0_bells", None, None)
    assert first["pixels"].shape == (3, 12, 16)
    assert first["pixels"].dtype == torch.uint8
    assert rest[4]["pixels"][:, 0, 0].tolist() == [5, 90, 200]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_reads_everything_once(pictures: Path, workers: int) -> None:
    dataset = SourceDataset(open_source(pictures), shard_size=2)
    batches = list(data_loader(dataset, batch_size=4, num_workers=workers))
    assert sorted(key for batch in batches for key in batch["key"]) == [f"{number}.png" for number in range(10)]
    assert all(batch["pixels"].shape == (len(batch["key"]), 3, 12, 16) for batch in batches)


def test_ranks_share_the_shards(pictures: Path, monkeypatch) -> None:
    keys = []
    for rank in range(3):
        monkeypatch.setenv("WORLD_SIZE", "3")
        monkeypatch.setenv("RANK", str(rank))
        keys.append([item["key"] for item in SourceDataset(open_source(pictures), shard_size=2)])
    assert [len(some) for some in keys] == [4, 4, 2]
    assert len({key for some in keys for key in some}) == 10


def test_a_seed_mixes_and_an_epoch_mixes_anew(pictures: Path) -> None:
    dataset = SourceDataset(open_source(pictures), seed=1, shard_size=4)
    orders = []
    for epoch in (0, 0, 1):
        dataset.set_epoch(epoch)
        orders.append([item["key"] for item in dataset])
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 2
    assert sorted(orders[2]) == [f"{number}.png" for number in range(10)]
    assert orders[0] != sorted(orders[0])


def test_transform_and_other_shapes(pictures: Path, picture) -> None:
    def small(pixels: np.ndarray) -> torch.Tensor:
        assert pixels.shape == (12, 16, 3)
        return torch.from_numpy(pixels[:4, :4].mean(axis=(0, 1)))

    (batch,) = data_loader(SourceDataset(open_source(pictures), transform=small), batch_size=10)
    assert batch["pixels"][:, 0].tolist() == list(range(10))
    sizes = [{"key": str(n), "pixels": torch.zeros(3, n, 4)} for n in (4, 5)]
    assert [one.shape[1] for one in collate(sizes)["pixels"]] == [4, 5]


def test_what_cannot_be_read_is_said(picture, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "b.png").write_bytes(picture())
    (tmp_path / "b.txt").write_bytes(b"\xff\xff")
    (tmp_path / "c.png").write_bytes(picture())
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    (batch,) = data_loader(SourceDataset(open_source(tmp_path)))
    reasons = [skip and skip.reason for skip in batch["skip"]]
    assert reasons == [Reason.EMPTY_FILE, Reason.BAD_SIDECAR, None, Reason.UNREADABLE_FILE]
    assert batch["has_pixels"] == [False, False, True, False]
    assert batch["pixels"].shape == (1, 3, 12, 16)


def test_texts_have_no_pixels() -> None:
    (batch,) = data_loader(SourceDataset(given("a girl", "a boy")))
    assert batch["text"] == ["a girl", "a boy"]
    assert batch["pixels"] == []
