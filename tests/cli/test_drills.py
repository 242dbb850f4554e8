"""Fault drills: an extractor that raises, hangs, talks nonsense or dies; each run ends with complete counts."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
COUNT = 24

BAD = """
import ctypes, os, time
from pathlib import Path
import numpy as np
from kyara.flow import Reading
from kyara.records import Embedding, Evidence

class Bad:
    version, inputs, batch_size, cost = "1", frozenset({"text"}), 8, 1.0

    @property
    def name(self):
        return type(self).__name__.lower()

    def read(self, views, attributes):
        if not Path("mended").exists():
            hit = [view for view in views if int(view.text.split()[-1]) % 3 == 0]
            instead = self.fault(views, hit)
            if instead is not None:
                return instead
        return [self.say(view, 0.9) for view in views]

    def say(self, view, score):
        return Reading((Evidence.of(self, "gender", {"female": score}),))

class Raises(Bad):
    def fault(self, views, hit):
        if hit:
            raise RuntimeError("one in three")

class Hangs(Bad):
    def fault(self, views, hit):
        if any(view.text.split()[-1] in ("7", "17") for view in views):
            time.sleep(600)

class WrongShape(Bad):
    def fault(self, views, hit):
        if hit:
            return [Reading(embeddings=(Embedding("s", np.zeros((2, 2), np.float32)),)) for _ in views]

class NotANumber(Bad):
    def fault(self, views, hit):
        return [self.say(view, float("nan") if view in hit else 0.9) for view in views]

class Crashes(Bad):
    def fault(self, views, hit):
        if any(view.text.split()[-1] in ("7", "17") for view in views):
            ctypes.string_at(0)

class Exits(Bad):
    def fault(self, views, hit):
        if any(view.text.split()[-1] in ("7", "17") for view in views):
            os._exit(3)

class AlwaysDies(Bad):
    def fault(self, views, hit):
        ctypes.string_at(0)
"""

THIRD = {str(i) for i in range(0, COUNT, 3)}


@pytest.fixture
def drill(kyara: Run, tmp_path: Path) -> Callable[..., tuple[dict[str, dict[str, object]], str]]:
    """Runs `extract` over 24 texts with the tags and one bad extractor; rows by text number, and what was said."""
    (tmp_path / "bad.py").write_text(BAD)
    rows = [{"text": f"a girl, number {i}", "tags": "red_hair"} for i in range(COUNT)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "c.toml").write_text("shard_size = 12\n[failures]\ntimeout_s = 1.5\nattempts = 1\n")

    def run(*bad: str, options: tuple[str, ...] = ()) -> tuple[dict[str, dict[str, object]], str]:
        names = ("--extractors", ",".join(["tags", *(f"bad:{one}" for one in bad)]))
        asked = ("--config", "c.toml", "--threads", "1", "--catalogue", "none")
        result = kyara("extract", "in.jsonl", *names, *asked, "--out", "out", "--json", *options)
        assert result.returncode == 0, result.stderr
        told = {row["text"].split()[-1]: row for row in map(json.loads, result.stdout.splitlines())}
        assert f"{COUNT} in, {COUNT} described, 0 skipped" in result.stderr
        assert len(told) == COUNT
        assert all(row["sightings"][0]["attributes"]["hair_color"]["labels"] == ["red"] for row in told.values())
        return told, result.stderr

    return run


def reasons(told: dict[str, dict[str, object]], bad: str) -> dict[str, str]:
    """The reason why this extractor says nothing, by text number."""
    missed = {number: [one for one in row["missed"] if one["step"] == f"extract {bad}"] for number, row in told.items()}
    return {number: given[0]["reason"] for number, given in missed.items() if given}


def test_one_in_three_fails_is_listed_and_found_again(drill: Callable[..., object], kyara: Run, tmp_path: Path) -> None:
    told, said = drill("Raises", "WrongShape", "NotANumber")
    for name in ("raises", "wrongshape", "notanumber"):
        assert reasons(told, name) == dict.fromkeys(THIRD, "extractor_failed")
        assert f"8 without extract {name}: extractor failed" in said
    rows = [json.loads(line) for line in kyara("skips", "out", "--json", "--step", "extract").stdout.splitlines()]
    assert len(rows) == 3 * len(THIRD)
    assert {row["version"] for row in rows} == {"1"}
    listed = kyara("skips", "out").stdout
    assert "RuntimeError: one in three" in listed
    assert "described without it" in listed
    (tmp_path / "mended").touch()
    retried = kyara("skips", "out", "--retry")
    assert retried.returncode == 0, retried.stderr
    assert "16 were done before" in retried.stderr
    assert "nothing was skipped" in kyara("skips", "out").stdout


def test_a_call_that_hangs_costs_its_sample(drill: Callable[..., object]) -> None:
    told, _ = drill("Hangs")
    assert reasons(told, "hangs") == dict.fromkeys(["7", "17"], "timed_out")


@pytest.mark.parametrize("bad", ["Crashes", "Exits"])
def test_an_extractor_that_kills_the_process_costs_its_samples(bad: str, drill: Callable[..., object]) -> None:
    told, said = drill(bad)
    assert reasons(told, bad.lower()) == dict.fromkeys(["7", "17"], "extractor_died")
    assert "the process died" in said


def test_an_extractor_that_always_dies_is_switched_off(drill: Callable[..., object]) -> None:
    told, said = drill("AlwaysDies")
    found = reasons(told, "alwaysdies")
    assert set(found) == set(map(str, range(COUNT)))
    assert Counter(found.values())["switched_off"] > COUNT / 2
    assert "extract alwaysdies is switched off for the rest of this run" in said
