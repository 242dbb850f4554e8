"""Which samples of a finished shard are described again."""

from __future__ import annotations

import pytest

from kyara.errors import SettingsError
from kyara.flow import Input, Shard
from kyara.records import Reason, Sample, Skip
from kyara.results.folder import counts
from kyara.scale.again import has_wanted, is_wanted, reasons_of, wanted_of

LATE = Skip("extract clip", Reason.TIMED_OUT, "")
FINE = Sample("fine", "1", "u")
LATE_ONE = Sample("late", "2", "u", missed=(LATE,))
SKIPPED = Sample("half", "3", "u", skip=Skip("decode", Reason.TRUNCATED, ""))
ALL = [FINE, LATE_ONE, SKIPPED]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [([], []), (["missing"], ["late"]), (["truncated"], ["half"]), (["missing", "truncated"], ["late", "half"])],
)
def test_words_choose_samples_and_the_mark_knows_whether_there_are_any(words: list[str], wanted: list[str]) -> None:
    again = reasons_of(words)
    assert [sample.key for sample in ALL if is_wanted(sample, again)] == wanted
    assert has_wanted(counts(ALL), again) is bool(wanted)
    assert not has_wanted(counts([FINE]), again)


def test_a_skip_by_a_failing_extractor_is_missing_too() -> None:
    alone = Sample("a", "1", "u", skip=Skip("extract clip", Reason.SWITCHED_OFF, ""))
    assert is_wanted(alone, reasons_of(["missing"]))


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match="'truncatd' found; did you mean 'truncated'"):
        reasons_of(["truncatd"])


def test_only_their_inputs_are_read() -> None:
    inputs = [Input(sample.key, "u") for sample in ALL]
    shard, places = wanted_of(Shard(3, "f", 3, lambda: iter(inputs)), ALL, reasons_of(["missing", "truncated"]))
    assert (shard.index, shard.fingerprint, shard.count, places) == (3, "f", 2, [1, 2])
    assert [item.key for item in shard.inputs()] == ["late", "half"]
