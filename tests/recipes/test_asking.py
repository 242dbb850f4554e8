"""Asking extractors: a bad view costs itself alone, a broken extractor stops the run with a clear word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event

import pytest

from kyara.errors import ExtractorError, MissingExtraError, OutputError, UnreadableImageError
from kyara.flow import NOTHING, Opened, Reading, View
from kyara.recipes.asking import ask, is_asked, views_of
from kyara.records import Reason, Sample, Sighting, Skip


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


def proven() -> Event:
    event = Event()
    event.set()
    return event


def raising(error: BaseException, on: str) -> Callable[[Sequence[str]], None]:
    def fault(keys: Sequence[str]) -> None:
        if on in keys:
            raise error

    return fault


@pytest.mark.parametrize("bad", [0, 31, 63])
@pytest.mark.parametrize(
    ("error", "skip"),
    [
        (ValueError("odd"), Skip("extract reader", Reason.EXTRACTOR_FAILED, "ValueError: odd")),
        (UnreadableImageError("truncated", "half"), Skip("decode", Reason.TRUNCATED, "half")),
        (MemoryError(), Skip("extract reader", Reason.OUT_OF_MEMORY, "not enough memory for this sample alone")),
    ],
    ids=lambda part: type(part).__name__,
)
def test_one_bad_view_costs_itself_alone(error: Exception, skip: Skip, bad: int) -> None:
    answers = ask(Reader(raising(error, str(bad))), VIEWS, (), Event())
    assert answers == [*FINE[:bad], skip, *FINE[bad + 1 :]]


def test_memory_for_half_a_batch_is_enough() -> None:
    def short(keys: Sequence[str]) -> None:
        if len(keys) > 16:
            raise MemoryError

    reader = Reader(short)
    assert ask(reader, VIEWS, (), Event()) == FINE
    assert reader.batches == [64, 32, 16, 16, 32, 16, 16]


def test_memory_of_a_failed_batch_is_free_before_the_half_is_tried() -> None:
    class Large:
        alive = 0

        def __init__(self) -> None:
            Large.alive += 1

        def __del__(self) -> None:
            Large.alive -= 1

    def fault(keys: Sequence[str]) -> None:
        assert Large.alive == 0
        large = Large()
        if len(keys) > 1:
            raise MemoryError(str(large)[:0])

    assert ask(Reader(fault), VIEWS[:4], (), Event()) == FINE[:4]


def test_all_of_the_first_batch_failing_is_a_broken_extractor() -> None:
    def fault(keys: Sequence[str]) -> None:
        raise KeyError("weights")

    event = Event()
    with pytest.raises(
        ExtractorError, match=r"'reader' failed on all 4 samples of its first batch: KeyError: 'weights'"
    ):
        ask(Reader(fault), VIEWS[:4], (), event)
    assert not event.is_set()


def test_once_proven_a_whole_bad_batch_is_a_bad_batch() -> None:
    event = Event()
    reader = Reader()
    ask(reader, VIEWS[:1], (), event)
    assert event.is_set()
    reader.fault = raising(ValueError("odd"), "1")
    (skip,) = ask(reader, VIEWS[1:2], (), event)
    assert isinstance(skip, Skip)


@pytest.mark.parametrize("error", [UnreadableImageError("truncated", "half"), MemoryError()])
def test_bad_pictures_are_not_the_extractors_fault(error: Exception) -> None:
    event = Event()
    (skip,) = ask(Reader(raising(error, "0")), VIEWS[:1], (), event)
    assert isinstance(skip, Skip)
    assert not event.is_set(), "nothing was answered yet"


@pytest.mark.parametrize("error", [OutputError("no disk"), MissingExtraError("no torch"), KeyboardInterrupt()])
def test_what_is_about_the_run_stops_it(error: BaseException) -> None:
    with pytest.raises(type(error)):
        ask(Reader(raising(error, "5")), VIEWS, (), proven())


CONTRACT = {
    "too few": (FINE[:3], r"gave 3 readings for 4 views"),
    "too many": (FINE[:5], r"gave 5 readings for 4 views"),
    "none": ([], r"gave 0 readings for 4 views"),
    "not a list": (iter(FINE[:4]), r"gave list_iterator .* a list of Reading is expected"),
    "not readings": ([(), (), (), ()], r"gave list .* a list of Reading is expected"),
}


@pytest.mark.parametrize("breach", CONTRACT)
def test_a_breach_of_the_contract_is_an_error_however_proven(breach: str) -> None:
    given, said = CONTRACT[breach]
    with pytest.raises(ExtractorError, match=said):
        ask(Reader(lambda keys: given), VIEWS[:4], (), proven())


def test_only_views_with_an_input_are_asked_and_answers_keep_their_place() -> None:
    reader = Reader()
    mixed = [view(0), view(1, None), view(2), view(3, None, tags="x")]
    assert ask(reader, mixed, (), Event()) == [FINE[0], NOTHING, FINE[2], NOTHING]
    assert reader.batches == [2]


def test_nobody_to_ask_proves_nothing_and_calls_nobody() -> None:
    reader, event = Reader(), Event()
    assert ask(reader, [view(0, None)], (), event) == [NOTHING]
    assert ask(reader, [], (), event) == []
    assert reader.batches == []
    assert not event.is_set()


@pytest.mark.parametrize("kind", ["pixels", "tags", "text"])
def test_who_is_asked_depends_on_what_there_is(kind: str) -> None:
    reader = Reader()
    reader.inputs = frozenset({kind})
    having = {"tags": view(0, None, tags=""), "text": view(0, ""), "pixels": View(view(0, None).sample, 0, object())}
    assert {name for name, one in having.items() if is_asked(reader, one)} == {kind}


def test_what_an_exception_says_can_always_be_written() -> None:
    fault = raising(ValueError("\ud800" + "x" * 10_000), "0")
    (skip,) = ask(Reader(fault), VIEWS[:1], (), proven())
    assert len(skip.detail.encode()) < 400


def test_one_view_per_sighting() -> None:
    sample = Sample("k", "i", "u", sightings=(Sighting(), Sighting(head=(0, 0, 1, 1))))
    views = views_of(Opened(sample))
    assert [one.sighting for one in views] == list(sample.sightings)
    assert views_of(Opened(Sample("k", "i", "u"))) == []
