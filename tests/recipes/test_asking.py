"""Asking extractors: who breaks the contract or fails from the start is told apart from bad samples."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from tests.recipes.reader import FINE, VIEWS, Reader, asking, broken, proven, view

from kyara.errors import ExtractorError
from kyara.flow import NOTHING, Opened, Reading, View
from kyara.recipes.asking import is_asked, views_of
from kyara.records import Embedding, Evidence, Reason, Sample, Sighting


def test_all_of_the_first_batch_failing_stops_a_run_that_has_nobody_else() -> None:
    one = asking(Reader(broken), alone=True)
    with pytest.raises(ExtractorError, match=r"'reader': it failed on all 4 samples of its first batch: KeyError"):
        one(VIEWS[:4], ())


def test_beside_others_it_is_asked_no_more_and_that_is_told(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader(broken)
    one = asking(reader)
    with caplog.at_level(logging.WARNING, "kyara.progress"):
        first = one(VIEWS[:4], ())
    assert [skip.reason for skip in first] == [Reason.EXTRACTOR_FAILED] * 4
    assert "extract reader is switched off for the rest of this run: it failed on all 4" in caplog.text
    asked = len(reader.batches)
    assert [skip.reason for skip in one(VIEWS, ())] == [Reason.SWITCHED_OFF] * 64
    assert len(reader.batches) == asked


CONTRACT = {
    "too few": (FINE[:3], r"gave 3 readings for 4 views"),
    "too many": (FINE[:5], r"gave 5 readings for 4 views"),
    "none": ([], r"gave 0 readings for 4 views"),
    "not a list": (iter(FINE[:4]), r"gave list_iterator .* a list of Reading is expected"),
    "not readings": ([(), (), (), ()], r"gave list .* a list of Reading is expected"),
}


@pytest.mark.parametrize("breach", CONTRACT)
def test_a_breach_of_the_contract_is_a_failure_of_who_broke_it(breach: str, caplog: pytest.LogCaptureFixture) -> None:
    given, _ = CONTRACT[breach]
    one = proven(Reader(lambda keys: given if len(keys) == 4 else None))
    assert one(VIEWS[:4], ()) == FINE[:4], "halves are in order"
    one = asking(Reader(lambda keys: given), alone=True)
    with pytest.raises(ExtractorError, match=r"failed on all 4 samples .*gave "):
        one(VIEWS[:4], ())


def said(attribute: str = "gender", score: float = 0.9) -> Reading:
    return Reading((Evidence("reader", "1", attribute, (("female", score),)),))


@pytest.mark.parametrize(
    ("reading", "detail"),
    [
        (said(score=float("nan")), "gave gender scores"),
        (said(score=1.5), "gave gender scores"),
        (said("shoe_size"), "'shoe_size', which was not asked"),
        (Reading(embeddings=(Embedding("s", np.array([0.0, np.inf])),)), "embedding 's' of shape (2,) or not finite"),
        (Reading(embeddings=(Embedding("s", np.zeros((2, 2))),)), "embedding 's' of shape (2, 2)"),
    ],
)
def test_no_odd_number_becomes_evidence(reading: Reading, detail: str) -> None:
    one = proven(Reader(lambda keys: [reading if key == "2" else FINE[int(key)] for key in keys]))
    answers = one(VIEWS[:4], ("gender",))
    assert answers[2].reason is Reason.EXTRACTOR_FAILED
    assert detail in answers[2].detail
    assert answers[:2] + answers[3:] == FINE[:2] + FINE[3:4]


def test_only_views_with_an_input_are_asked_and_answers_keep_their_place() -> None:
    reader = Reader()
    mixed = [view(0), view(1, None), view(2), view(3, None, tags="x")]
    assert asking(reader)(mixed, ()) == [FINE[0], NOTHING, FINE[2], NOTHING]
    assert reader.batches == [2]


def test_nobody_to_ask_proves_nothing_and_calls_nobody() -> None:
    reader = Reader()
    one = asking(reader)
    assert one([view(0, None)], ()) == [NOTHING]
    assert one([], ()) == []
    assert reader.batches == []
    assert not one.attempts.breaker.proven


@pytest.mark.parametrize("kind", ["pixels", "tags", "text"])
def test_who_is_asked_depends_on_what_there_is(kind: str) -> None:
    reader = Reader()
    reader.inputs = frozenset({kind})
    having = {"tags": view(0, None, tags=""), "text": view(0, ""), "pixels": View(view(0, None).sample, 0, object())}
    assert {name for name, one in having.items() if is_asked(reader, one)} == {kind}


def test_one_view_per_sighting() -> None:
    sample = Sample("k", "i", "u", sightings=(Sighting(), Sighting(head=(0, 0, 1, 1))))
    views = views_of(Opened(sample))
    assert [one.sighting for one in views] == list(sample.sightings)
    assert views_of(Opened(Sample("k", "i", "u"))) == []
