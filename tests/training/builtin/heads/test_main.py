"""What the command writes beside the network, and what it says while it works."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kyara.training.builtin.heads.__main__ import Progress, written
from kyara.training.builtin.heads.training import Plan


def test_the_numbers_of_a_run_are_written_as_toml(tmp_path: Path) -> None:
    written(tmp_path / "heads.toml", Plan(), {"threshold": 0.37, "recall": 0.9, "heads": 72})
    table = tomllib.loads((tmp_path / "heads.toml").read_text(encoding="utf-8"))
    assert table["threshold"] == 0.37
    assert table["side_px"] % 32 == 0
    assert 0 < table["overlap"] < 1
    assert table["training"]["seed"] == Plan().seed
    assert table["chosen_on"]["heads"] == 72
    assert not list(tmp_path.glob("*.new"))


def test_progress_is_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(10)
    progress(8, 3.0)
    assert capsys.readouterr().out == ""
    progress(9, 2.0)
    assert capsys.readouterr().out == "step 10/10  loss 2.500  0 min left\n"
