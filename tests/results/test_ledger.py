"""The ledger: one JSON object a line, appended; a torn line costs itself alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyara.errors import OutputError
from kyara.results.ledger import Ledger, host_facts


def test_what_is_added_is_there_in_order(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert list(ledger.entries()) == []
    ledger.add("run", host=host_facts())
    ledger.add("shard", shard=0, samples=4, seconds=2.0)
    events = [entry["event"] for entry in ledger.entries()]
    assert events == ["run", "shard"]
    assert next(ledger.entries())["host"]["cores"] >= 1


def test_the_last_time_a_shard_was_done_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.add("shard", shard=0, samples=4, seconds=8.0)
    ledger.add("shard", shard=1, samples=0, seconds=3.0)
    ledger.add("shard", shard=0, samples=4, seconds=2.0)
    assert ledger.seconds_per_sample() == {0: 0.5, 1: 3.0}


@pytest.mark.parametrize("lost", [1, 2, 10])
def test_a_torn_last_line_costs_itself_alone(lost: int, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for number in range(2):
        ledger.add("shard", shard=number, samples=1, seconds=1.0)
    ledger.path.write_bytes(ledger.path.read_bytes()[:-lost])
    ledger.add("shard", shard=2, samples=1, seconds=1.0)
    torn = {1} if lost > 1 else set()  # without its line end alone it is whole
    assert [entry["shard"] for entry in ledger.entries()] == [n for n in range(3) if n not in torn]
    assert set(ledger.seconds_per_sample()) == {0, 1, 2} - torn


def test_a_ledger_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*No such file or directory; choose another --out"):
        Ledger(tmp_path / "absent" / "ledger.jsonl").add("run")
