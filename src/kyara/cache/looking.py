"""Never looks twice: raw outputs come from the cache where it has them, from the pixels where it has not.

The key is a digest of the inputs the looker declares and of `look_version`, so an edited sidecar, another crop or
another model is never answered from the past, while a new vocabulary or threshold costs no pass over pixels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
import orjson

from kyara.cache.store import Kind, Store, pack, unpack
from kyara.errors import BrokenAnswerError
from kyara.flow import Asker, Looker, Looking, Raw, Reading, View


@dataclass(slots=True)
class Counts:
    """How often an answer came from the cache and how often it took a look."""

    hits: int = 0
    looks: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, hits: int, looks: int) -> None:
        with self._lock:
            self.hits += hits
            self.looks += looks


class Remembered:
    """The raw outputs of what looks, through a Store (None: nothing is remembered)."""

    def __init__(self, looking: Looking, store: Store | None) -> None:
        self.looking, self.store = looking, store
        self.counts = Counts()

    @property
    def kind(self) -> Kind:
        """Under which heading its outputs are kept."""
        return Kind(self.looking.name, self.looking.look_version)

    def raws(self, views: Sequence[View]) -> list[Raw]:
        """The raw outputs of each view, in order; equal views are looked at once."""
        keys = [view_key(self.looking, view) for view in views]
        raws = self._kept(keys)
        missing = {key: view for key, view in zip(keys, views, strict=True) if key not in raws}
        if missing:
            seen = dict(zip(missing, self._look(list(missing.values())), strict=True))
            if self.store is not None:
                self.store.put(self.kind, {key: pack(raw) for key, raw in seen.items()})
            raws.update(seen)
        self.counts.add(len(keys) - len(missing), len(missing))
        return [raws[key] for key in keys]

    def _look(self, views: Sequence[View]) -> list[Raw]:
        """Raises BrokenAnswerError for an answer that may not be remembered."""
        raws = self.looking.look(views)
        if len(raws) != len(views):
            raise BrokenAnswerError(f"gave {len(raws)} raw outputs for {len(views)} views; one each is expected")
        for raw in raws:
            for name, array in raw.items():
                if array.dtype.kind == "f" and not np.isfinite(array).all():
                    raise BrokenAnswerError(f"gave {name} of shape {array.shape} that is not finite")
        return raws

    def _kept(self, keys: Sequence[bytes]) -> dict[bytes, Raw]:
        if self.store is None:
            return {}
        raws: dict[bytes, Raw] = {}
        for key, data in self.store.get(self.kind, keys).items():
            try:
                raws[key] = unpack(data)
            except ValueError:  # a damaged entry: look again
                continue
        return raws


class Remembering:
    """The Extractor of a Looker and a Store (None: nothing is remembered)."""

    def __init__(self, looker: Looker, store: Store | None) -> None:
        self.looker = looker
        self.remembered = Remembered(looker, store)
        self._asks = isinstance(looker, Asker)
        self.name, self.version = looker.name, looker.version
        self.inputs, self.batch_size, self.cost = looker.inputs, looker.batch_size, looker.cost

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        raws = self._asked(views, attributes) if self._asks else self.remembered.raws(views)
        return [self.looker.interpret(view, raw, attributes) for view, raw in zip(views, raws, strict=True)]

    def _asked(self, views: Sequence[View], attributes: Collection[str]) -> list[Raw]:
        """Each view's raw outputs of the attributes that are open, looked for and remembered one by one."""
        opened = [[a for a in attributes if view.asked is None or a in view.asked] for view in views]
        alone = [replace(view, asked=frozenset({a})) for view, some in zip(views, opened, strict=True) for a in some]
        raws = iter(self.remembered.raws(alone))
        return [{a: next(raws)[a] for a in some} for some in opened]


def view_key(looker: Looking, view: View) -> bytes:
    """SHA-256 of all that the looker's raw output for `view` depends on."""
    parts: list[object] = [looker.name, looker.look_version]
    if "pixels" in looker.inputs:
        parts += [view.sample.id, view.sighting.head, view.sighting.body]
    if "tags" in looker.inputs:
        parts.append(view.tags)
    if "text" in looker.inputs:
        parts.append(view.text)
    if (question := getattr(looker, "question", None)) is not None:  # an Asker; isinstance would cost 10 µs a view
        parts += [[attribute, question(attribute)] for attribute in sorted(view.asked or ())]
    return hashlib.sha256(orjson.dumps(parts)).digest()
