"""The command line as a person runs it: a real process, its output and its exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
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
