"""`kyara demo`: what a stranger runs first."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_demo_draws_describes_and_reports(kyara: Run, tmp_path: Path) -> None:
    first = kyara("demo")
    assert first.returncode == 0, first.stderr
    assert "female" in first.stdout
    assert "0 skipped" in first.stderr
    assert (tmp_path / "kyara-demo" / "report.html").read_text().count("data:image/webp") >= 40
    truth = [json.loads(line) for line in (tmp_path / "kyara-demo" / "truth.jsonl").read_text().splitlines()]
    assert (tmp_path / "kyara-demo" / "kyara.db").exists()
    assert not (tmp_path / "kyara.db").exists()
    again = kyara("demo")
    assert f"{len(truth)} were done before" in again.stderr
