"""A fake hub, and an environment that knows no other."""

from __future__ import annotations

import os
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import close_session

from kyara.weights import fetch

FakeHub: Any = runpy.run_path(str(Path(__file__).parent / "fake_hub.py"))["FakeHub"]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A hub that serves what a test publishes; HF_HOME is the test's own."""
    for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setattr(fetch, "WAITS_S", (0.0, 0.0))
    with FakeHub(tmp_path / "served") as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        yield served
        close_session()


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Kyara's model folder."""
    return tmp_path / "models"


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """HF_HOME on a file system of 512 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        assert "CI" not in os.environ, "CI must be able to mount a small file system"
        pytest.skip("this machine does not let us mount a small file system (needs root)")
    monkeypatch.setenv("HF_HOME", str(place))
    yield place
    subprocess.run(["umount", place], check=True)
