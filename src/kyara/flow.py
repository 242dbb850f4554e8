"""The verbs: how inputs become described samples, and what an extractor, a source and a shard are.

Batch steps take and give the same number of items in the same order. Nothing here knows a model, a file format or
a backend; `recipes/` compose the rooms through these types, and `scale/` runs whole shards of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kyara.records import Box, Embedding, Evidence, Sample, Scores, Sighting, Skip

if TYPE_CHECKING:
    from kyara.images import Picture

BESIDE, BELOW = 1.0, 6.0  # a standing figure is about seven heads tall and, with its arms, three heads wide

Pixels = NDArray[np.uint8]  # (height, width, 3), RGB
Raw = Mapping[str, NDArray[np.generic]]  # raw outputs of one view by name: embedding, logits …
Kind = Literal["pixels", "tags", "text"]


@dataclass(frozen=True, slots=True)
class Input:
    """What a source hands over: everything of a sample but its picture, which `image` reads when called.

    `image` returns the encoded bytes or raises OSError; `stamp`, where there is one, is called before it and returns
    what changes whenever those bytes may have (None: cannot be told). `sightings` may hold boxes that came with the
    input. An input that could not even be read (a bad row, a sidecar that is not UTF-8) carries its `skip`.
    """

    key: str
    uri: str
    image: Callable[[], bytes] | None = None
    tags: str | None = None
    text: str | None = None
    sightings: tuple[Sighting, ...] = ()
    skip: Skip | None = None
    stamp: Callable[[], bytes | None] | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """The unit of work, retry and done-mark: inputs that always come in the same order.

    `fingerprint` changes whenever an input of the shard changes, and is known without opening a picture.
    """

    index: int
    fingerprint: str
    count: int
    inputs: Callable[[], Iterator[Input]]


class Source(Protocol):
    """Where inputs come from."""

    @property
    def name(self) -> str:
        """What a person calls it: a path as given, as a rule."""
        ...

    def shards(self, size: int) -> Iterator[Shard]:
        """The source cut into shards of `size` inputs, numbered from 0, in an order that never changes."""
        ...

    def count(self) -> int | None:
        """How many inputs there are where that is cheap to tell, else None. For the progress bar."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A sample while it is in a batch: with its picture, decoded at most once and only if somebody looks."""

    sample: Sample
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A sample seen through one of its sightings: what an extractor reads."""

    sample: Sample
    index: int
    picture: Picture | None = None
    asked: frozenset[str] | None = None  # the attributes still open; None = all that the extractor is asked

    @property
    def sighting(self) -> Sighting:
        return self.sample.sightings[self.index]

    @property
    def tags(self) -> str | None:
        return self.sample.tags

    @property
    def text(self) -> str | None:
        return self.sample.text

    @property
    def count(self) -> int:
        """How many sightings share this sample's tags and text."""
        return len(self.sample.sightings)

    @property
    def located(self) -> bool:
        """True where the sighting has a box. Without boxes sighting i is simply the i-th one announced."""
        sighting = self.sighting
        return sighting.head is not None or sighting.body is not None

    def box(self, part: Literal["head", "body"]) -> Box | None:
        """The box to look at for `part`: its own; for a body of which only the head was found, what lies around and
        below the head (it may reach beyond the picture); else None = the whole picture."""
        head, body = self.sighting.head, self.sighting.body
        if part == "head" or body is not None or head is None:
            return head if part == "head" else body
        left, top, right, bottom = head
        width, height = right - left, bottom - top
        return left - width * BESIDE, top, right + width * BESIDE, bottom + height * BELOW

    def pixels(self, part: Literal["head", "body"] = "body", side_px: int = 224) -> Pixels:
        """The crop for `part`, RGB uint8 (h, w, 3), scaled down no further than shorter side 2 × `side_px`.

        Raises UnreadableImageError when the picture cannot be decoded; only asked of views that have a picture.
        """
        if self.picture is None:
            raise ValueError(f"sample {self.sample.key!r} has no picture")
        return self.picture.crop(self.box(part), side_px)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one extractor returns for one view: at most one Evidence per attribute, and what else it has."""

    evidence: tuple[Evidence, ...] = ()
    embeddings: tuple[Embedding, ...] = ()
    hints: tuple[str, ...] = ()
    caption: str | None = None
    tags: Scores = ()  # raw tags with scores, of taggers
    silent: frozenset[str] = frozenset()  # attributes of which its inputs say nothing, whoever reads them


NOTHING = Reading()


class Extractor(Protocol):
    """Reads attributes out of views. `version` is a digest of everything its answer depends on but the inputs."""

    name: str
    inputs: frozenset[Kind]
    batch_size: int
    cost: float

    @property
    def version(self) -> str: ...

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        """One reading per view, in order; evidence only for `attributes` (what is not in a view's `asked` is not used).
        Must not depend on batch neighbours."""
        ...


@runtime_checkable
class Announcer(Protocol):
    """An extractor that also tells how many characters an input announces (`2girls`, "a boy and his sister")."""

    def announce(self, sample: Sample) -> int | None:
        """The number announced, None where the input is silent. Pure, and cheap enough to ask of every sample."""
        ...


class Looking(Protocol):
    """The costly part of an extractor or a detector: one pass over pixels, whose raw outputs are worth keeping.

    `look_version` is a digest of model revision, preprocessing and precision: all that `look` depends on.
    """

    name: str
    inputs: frozenset[Kind]
    batch_size: int

    @property
    def look_version(self) -> str: ...

    def look(self, views: Sequence[View]) -> list[Raw]:
        """The raw outputs of each view, in order. Must not depend on batch neighbours."""
        ...


@runtime_checkable
class Looker(Looking, Protocol):
    """An extractor that looks, and whose evidence is pure code over its raw outputs.

    The cache (cache/looking.py) makes an Extractor of it that never looks twice.
    """

    cost: float

    @property
    def version(self) -> str: ...

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading: ...


@runtime_checkable
class Asker(Looker, Protocol):
    """A looker whose pass costs by what it is asked: it looks for the attributes in a view's `asked` alone.

    Each attribute is remembered on its own. A raw output has one array an attribute, by its name; `interpret` is given
    those of all attributes that were asked.
    """

    def question(self, attribute: str) -> str:
        """What a look for `attribute` depends on beside `look_version` and the inputs, as a digest."""
        ...


@dataclass(frozen=True, slots=True)
class Detection:
    """One head (or face) or one body found: `box` in pixels of the whole upright picture, `score` in 0..1."""

    part: Literal["head", "body"]
    box: Box
    score: float


class Detector(Looking, Protocol):
    """Finds heads or bodies. It looks at views of whole pictures (one sighting without boxes); `version` also covers
    what `detections` depends on."""

    @property
    def version(self) -> str: ...

    def detections(self, raw: Raw) -> tuple[Detection, ...]:
        """What is found in raw outputs, best first. Pure: thresholds need no second look."""
        ...


Step = Callable[[Sequence[Opened]], list[Opened]]
