"""Best of window: one a window, within a shot, the sharpest; what has no moment stays."""

from __future__ import annotations

import pytest

from kyara.quality.window import best_of_window
from kyara.records import Moment, Quality, Reason, Sample, Skip


def frame(seconds: float, score: float, shot: int = 0, skipped: bool = False) -> Sample:
    quality = Quality(0, 0, 0, 0, 1, 0, 9, 1, score)
    skip = Skip("open", Reason.TRUNCATED, "") if skipped else None
    return Sample("k", "i", "u", moment=Moment("f", shot, seconds), quality=quality, skip=skip)


def test_the_best_of_each_window_is_kept() -> None:
    frames = [frame(0.0, 0.2), frame(0.5, 0.9), frame(0.9, 0.3), frame(1.0, 0.1), frame(1.2, 0.1)]
    assert best_of_window(frames, 1.0) == [False, True, False, True, False]


def test_windows_end_with_their_shot_and_pass_over_what_was_skipped() -> None:
    frames = [frame(0.1, 0.9, skipped=True), frame(0.2, 0.2), frame(0.3, 0.5, shot=1), Sample("k", "i", "u")]
    assert best_of_window(frames, 1.0) == [False, True, True, True]


def test_no_window_is_refused() -> None:
    with pytest.raises(ValueError, match="expected more than 0"):
        best_of_window([], 0.0)
