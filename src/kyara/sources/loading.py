"""Any source as a PyTorch Dataset, with a DataLoader and its collate function. Needs the extra [torch].

Shards are dealt out to workers and ranks, so no picture is read twice and none is copied between processes but as
pixels. Knows no recipe: what comes out are pictures, tags and texts as they were given.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from kyara.errors import UnreadableImageError
from kyara.extras import need
from kyara.flow import Input, Shard, Source
from kyara.images import Limits, Picture, probe
from kyara.records import Reason, Skip

need("torch", "a source as a PyTorch dataset")

from torch import Tensor, from_numpy, stack  # noqa: E402  # behind the words on what to install
from torch.utils.data import DataLoader, IterableDataset, get_worker_info  # noqa: E402

if TYPE_CHECKING:
    from kyara.flow import Pixels

Item = Mapping[str, Any]
DEALT_SIZE = 256  # inputs a shard: what a worker takes at once, and how far a shuffled order mixes within


@dataclass(eq=False)
class SourceDataset(IterableDataset[Item]):
    """Items of `source`: `key`, `uri`, `tags`, `text`, `pixels` and `skip`.

    `pixels` is `transform` of the picture (RGB uint8, shape (h, w, 3), read-only), without one a uint8 tensor
    (3, h, w); None where there is no picture. Where it cannot be read `pixels` is None and `skip` says why. With a
    `seed` shards come in a random order, and the items of each; `set_epoch` gives another one. Under torch.distributed
    each rank has its own shards, as many as the others' or one less.
    """

    source: Source
    transform: Callable[[Pixels], Any] | None = None
    seed: int | None = None
    limits: Limits = field(default_factory=Limits)
    shard_size: int = DEALT_SIZE
    epoch: int = 0

    def set_epoch(self, epoch: int) -> None:
        """Which of the random orders the next pass has."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[Item]:
        for shard in self._dealt():
            inputs = list(shard.inputs()) if self.seed is not None else shard.inputs()
            if isinstance(inputs, list):
                Random(f"{self.seed} {self.epoch} {shard.index}").shuffle(inputs)
            yield from map(self._item, inputs)

    def _dealt(self) -> Iterator[Shard]:
        """This worker's shards."""
        worker = get_worker_info()
        workers, number = (worker.num_workers, worker.id) if worker else (1, 0)
        ranks, rank = _rank()
        shards: Iterator[Shard] | list[Shard] = self.source.shards(self.shard_size)
        if self.seed is not None:
            shards = list(shards)
            Random(f"{self.seed} {self.epoch}").shuffle(shards)
        for place, shard in enumerate(shards):
            if place % (ranks * workers) == rank * workers + number:
                yield shard

    def _item(self, given: Input) -> Item:
        pixels, skip = None, given.skip
        if skip is None and given.image is not None:
            try:
                pixels = self._pixels(given.image)
            except UnreadableImageError as error:
                skip = Skip("open", Reason(error.reason), error.detail)
        return {
            "key": given.key,
            "uri": given.uri,
            "tags": given.tags,
            "text": given.text,
            "pixels": pixels,
            "skip": skip,
        }

    def _pixels(self, image: Callable[[], bytes]) -> Any:
        try:
            data = image()
        except OSError as error:
            raise UnreadableImageError(Reason.UNREADABLE_FILE, error.strerror or type(error).__name__) from error
        pixels = np.asarray(Picture(data, probe(data, self.limits), self.limits).decode())
        if self.transform is not None:
            return self.transform(pixels)
        return from_numpy(pixels.transpose(2, 0, 1).copy())


def _rank() -> tuple[int, int]:
    """(ranks, this one), as torchrun tells."""
    return int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))


def collate(items: Sequence[Item]) -> dict[str, Any]:
    """One batch: lists of each field; `pixels` stacked to (n, …) where all are tensors of one shape.

    Items without readable pixels are left out of `pixels` alone, and `has_pixels` says which ones have some.
    """
    batch: dict[str, Any] = {name: [item[name] for item in items] for name in items[0]}
    batch["has_pixels"] = [item["pixels"] is not None for item in items]
    pixels = [item["pixels"] for item in items if item["pixels"] is not None]
    alike = pixels and all(isinstance(one, Tensor) and one.shape == pixels[0].shape for one in pixels)
    batch["pixels"] = stack(pixels) if alike else pixels
    return batch


def data_loader(dataset: SourceDataset, batch_size: int = 32, num_workers: int = 0, **options: Any) -> DataLoader[Item]:
    """A DataLoader over `dataset` with `collate`; `options` are those of torch."""
    return DataLoader(dataset, batch_size, num_workers=num_workers, **{"collate_fn": collate, **options})
