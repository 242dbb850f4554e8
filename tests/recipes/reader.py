"""An extractor that fails as it is told, for the tests of asking and attempts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kyara.flow import Reading, View
from kyara.recipes.asking import Asking
from kyara.records import Sample, Sighting
from kyara.settings import FailureSettings


class Reader:
    """Captions every view with its key, unless `fault` raises something for it or for the batch."""

    name, version, batch_size, cost = "reader", "1", 64, 1.0
    inputs = frozenset({"text"})

    def __init__(self, fault: Callable[[Sequence[str]], object] = lambda keys: None) -> None:
        self.fault = fault
        self.batches: list[int] = []

    def read(self, views: Sequence[View], attributes: object) -> object:
        self.batches.append(len(views))
        keys = [view.sample.key for view in views]
        instead = self.fault(keys)
        return [Reading(caption=key) for key in keys] if instead is None else instead


def view(key: object, text: str | None = "x", **fields: object) -> View:
    return View(Sample(str(key), "i", "u", text=text, sightings=(Sighting(),), **fields), 0)


VIEWS = [view(n) for n in range(64)]
FINE = [Reading(caption=str(n)) for n in range(64)]


def asking(reader: Reader, alone: bool = False, **patience: float) -> Asking:
    return Asking(reader, FailureSettings(**{"attempts": 1, **patience}), alone)


def proven(reader: Reader) -> Asking:
    """A reader that has answered once."""
    one, fault = asking(reader), reader.fault
    reader.fault = lambda keys: None
    one(VIEWS[:1], ())
    reader.fault = fault
    reader.batches.clear()
    return one


def raising(error: BaseException, on: str) -> Callable[[Sequence[str]], None]:
    def fault(keys: Sequence[str]) -> None:
        if on in keys:
            raise error

    return fault


def broken(keys: Sequence[str]) -> None:
    raise KeyError("weights")
