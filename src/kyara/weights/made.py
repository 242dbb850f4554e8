"""Folders that are made once and appear whole or not at all, whoever else makes them at the same time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kyara.errors import WeightsError

ABANDONED_S = 86_400  # a folder in the making that nobody touched for a day was left by a kill


def made_once(home: Path, write: Callable[[Path], None]) -> Path:
    """The folder `home` with what `write` puts into the folder it is given; who comes second throws his own away.

    Raises WeightsError where it cannot be written.
    """
    if home.is_dir():
        return home
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        temporary = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
        try:
            write(temporary)
            for file in (path for path in temporary.rglob("*") if path.is_file()):
                with file.open("rb+") as written:
                    os.fsync(written.fileno())
            temporary.chmod(0o755)
            temporary.rename(home)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            if not home.is_dir():
                raise
    except OSError as error:
        raise WeightsError(
            f"cannot write {home}: {error.strerror or error}; free some space, or choose another folder for models"
        ) from error
    return home


def leftovers(home: Path) -> list[Path]:
    """Folders that were to become `home`: in the making, or left by a kill."""
    return sorted(home.parent.glob(f".{home.name}.*"))


def _sweep(home: Path) -> None:
    for path in leftovers(home):
        if time.time() - path.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)


def in_child(module: str, *arguments: Path) -> str | None:
    """Run `python -m module arguments` in a process of its own; None, or the last line it said before it failed."""
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (os.environ.get("PYTHONPATH"), package) if part)
    command = [sys.executable, "-P", "-m", module, *(str(argument.resolve()) for argument in arguments)]
    child = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if not child.returncode:
        return None
    lines = child.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {child.returncode}"]
    return lines[-1][:300]
