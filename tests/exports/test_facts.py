"""Identity and ledger in the reader's words."""

from __future__ import annotations

from pathlib import Path

from kyara.exports.facts import run_facts
from kyara.results.folder import ResultFolder


def test_a_resumed_run_counts_each_shard_once(tmp_path: Path) -> None:
    folder = ResultFolder(tmp_path / "result")
    folder.claim({"source": "pictures", "extractors": {"tags": "1"}, "min_confidence": 0.5, "limit": 5000})
    ledger = folder.ledger
    ledger.add("run", kyara="0.1.0", pace={"threads": 2, "batch_size": 64}, host={"system": "Linux", "cores": 2})
    ledger.add("shard", shard=0, samples=2000, seconds=99.0)
    ledger.add("run", kyara="0.1.0", pace={}, host={})
    ledger.add("shard", shard=0, samples=2000, seconds=100.0)
    ledger.add("shard", shard=1, samples=2000, seconds=100.0)
    ledger.add("end", seconds=201.0, passed=0, cache={"clip": [10, 20]})
    folder.close()
    facts = run_facts(folder)
    assert facts.asked == {"Decided from": "50%", "Limit": "first 5,000"}
    assert facts.went["Taken up again"] == "1 ×"
    assert facts.went["Time spent"] == "3 min 20 s"
    assert facts.went["Rate"] == "20.0 samples/s"
    assert facts.went["Cache of clip"] == "10 answered, 20 looked at"


def test_a_bare_result_has_no_facts_to_tell(tmp_path: Path) -> None:
    folder = ResultFolder(tmp_path / "result")
    folder.claim({})
    folder.close()
    facts = run_facts(folder)
    assert (facts.source, facts.extractors, facts.asked, facts.went) == ("unnamed source", {}, {}, {})
