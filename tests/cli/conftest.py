"""The command line as a person runs it: a real process, its output and its exit code."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kyara(tmp_path: Path) -> Run:
    """Run `kyara ARGUMENTS` in the test's own folder."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kyara", *map(str, arguments)],
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": "160"} | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        assert "CI" not in os.environ, "CI must be able to mount a small file system"
        pytest.skip("this machine does not let us mount a small file system (needs root)")
    yield place
    subprocess.run(["umount", place], check=True)
