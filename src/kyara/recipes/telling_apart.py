"""Opens the pictures of near pairs and tells copies from variants: one drawing with two faces is two pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock

from kyara.detect.detector import NetworkDetector
from kyara.errors import UnreadableImageError
from kyara.exports.originals import LeftOutError
from kyara.exports.pictures import Read
from kyara.flow import View
from kyara.images import Limits, Picture, probe
from kyara.quality.alike import ALIKE
from kyara.quality.groups import Drop
from kyara.quality.measure import LONGER_PX, grey_of
from kyara.quality.variants import Features, Verdict, compared
from kyara.recipes.originals import from_anywhere
from kyara.records import Box, Sample, Sighting

AT_HAND = 256  # pictures that are remembered, up to 0.8 MB each
Told = Callable[[int], None]  # how many pairs were looked at so far


@dataclass(frozen=True, slots=True)
class Seen:
    """What is needed of one picture: its features, and its heads in shares of its width and height."""

    features: Features
    heads: tuple[Box, ...]


class Apart:
    """Tells copies from variants and strangers, and counts: `said` holds how many pairs got which verdict."""

    def __init__(
        self,
        heads: NetworkDetector,
        limits: Limits,
        told: Told = lambda looked: None,
        read: Read = from_anywhere,
        threads: int = 2,
        at_hand: int = AT_HAND,
    ) -> None:
        self.said: Counter[Verdict] = Counter()
        self._heads, self._limits, self._told, self._read, self._threads = heads, limits, told, read, threads
        self._seen = lru_cache(at_hand)(self._look)
        self._lock = Lock()

    def same(self, drops: Sequence[Drop], samples: Mapping[int, Sample]) -> list[bool]:
        """Which of them are copies. Where a look says nothing, a picture is gone or too plain, the likeness decides."""

        def one(drop: Drop) -> bool:
            verdict = _verdict(self._seen(samples[drop.kept]), self._seen(samples[drop.number]), drop.mirrored)
            with self._lock:
                self.said[verdict] += 1
                self._told(self.said.total())
            return verdict == Verdict.COPY or (verdict == Verdict.UNKNOWN and drop.likeness >= ALIKE)

        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(one, drops))

    def _look(self, sample: Sample) -> Seen | None:
        try:
            data = self._read(sample, self._limits)
            picture = Picture(data, probe(data, self._limits), self._limits)
            width, height = float(sample.width or 1), float(sample.height or 1)
            pixels = picture.crop(None, max(1, round(min(width, height) * LONGER_PX / max(width, height))))
            (raw,) = self._heads.look([View(replace(sample, sightings=(Sighting(),)), 0, picture)])
        except (LeftOutError, UnreadableImageError):
            return None
        boxes = [found.box for found in self._heads.detections(raw)]
        heads = tuple((x0 / width, y0 / height, x1 / width, y1 / height) for x0, y0, x1, y1 in boxes)
        return Seen(Features.of(grey_of(pixels)), heads)


def _verdict(one: Seen | None, other: Seen | None, mirrored: bool) -> Verdict:
    """By the heads of whichever has any: a detector may miss those of the smaller one."""
    if one is None or other is None:
        return Verdict.UNKNOWN
    if not one.heads:
        one, other = other, one
    return compared(one.features, other.features.in_a_mirror() if mirrored else other.features, one.heads)
