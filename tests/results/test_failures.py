"""Every skip and failure of a result, with the version of who failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kyara.errors import OutputError
from kyara.records import Reason, Sample, Skip
from kyara.results.failures import failures
from kyara.results.folder import ResultFolder


def test_all_are_told_in_order_with_their_versions(tmp_path: Path, described: Callable[..., Sample]) -> None:
    folder = ResultFolder(tmp_path / "out")
    folder.claim({"extractors": {"clip": "v7"}, "detectors": {"face": "v2"}})
    folder.ledger.add("run", kyara="9.9")
    late, blind = Skip("extract clip", Reason.TIMED_OUT, "no answer"), Skip("detect face", Reason.EXTRACTOR_FAILED, "x")
    folder.commit(0, "f", [described("a"), replace(described("b"), missed=(late, blind))], False)
    folder.commit(1, "f", [described("c", skip=True)], False)
    folder.close()
    told = [(one.key, one.skip.step, one.skip.reason, one.version, one.ended) for one in failures(folder)]
    assert told == [
        ("b", "extract clip", Reason.TIMED_OUT, "v7", False),
        ("b", "detect face", Reason.EXTRACTOR_FAILED, "v2", False),
        ("c", "open", Reason.TRUNCATED, "kyara 9.9", True),
    ]


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not a result of kyara extract"):
        list(failures(ResultFolder(tmp_path)))
