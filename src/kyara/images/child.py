"""Tries a picture in a child process that may die of it.

For pictures in whose decoding a process was killed before: decoders are native code, and no `except` catches a
segmentation fault. The child's side is `__main__.py`. Far too slow to be done for every picture.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from kyara.errors import KyaraError, UnreadableImageError
from kyara.images.header import Limits
from kyara.records import Reason

READY = b"ready\n"  # the child's first words: what goes wrong after them is the picture's fault


def decode_in_child(data: bytes, limits: Limits, timeout_s: float) -> None:
    """Decodes `data` at every scale in a child process; returns where that went well.

    Raises UnreadableImageError: the child's own, or decoder_crash where it was killed or took longer than `timeout_s`.
    Raises KyaraError where no child could be started, so that a broken installation is not blamed on pictures.
    """
    command = [sys.executable, "-P", "-m", "kyara.images", json.dumps(asdict(limits))]
    env = _environment()
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=timeout_s, check=False, env=env)
    except subprocess.TimeoutExpired as late:
        _ready(late.stdout or b"", f"no answer within {timeout_s:g} s")
        raise _crash(f"the decoder took longer than {timeout_s:g} s") from None
    except OSError as error:
        raise KyaraError(f"cannot start {sys.executable} to try a picture in: {error.strerror}") from error
    answer = _ready(child.stdout, child.stderr.decode(errors="replace").strip()[-300:])
    if child.returncode:
        raise _crash(f"the decoder {_end(child.returncode)}")
    if verdict := json.loads(answer.splitlines()[-1]):
        raise UnreadableImageError(Reason(verdict["reason"]), verdict["detail"])


def _environment() -> dict[str, str]:
    """This process's environment, in which the child finds the very package that runs here."""
    package = str(Path(__file__).parents[2])
    path = [part for part in (os.environ.get("PYTHONPATH"), package) if part]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


def _ready(stdout: bytes, otherwise: str) -> bytes:
    """What the child wrote after `READY`."""
    if not stdout.startswith(READY):
        raise KyaraError(f"the process to try a picture in did not start: {otherwise}; check the installation")
    return stdout.removeprefix(READY)


def _crash(detail: str) -> UnreadableImageError:
    return UnreadableImageError(Reason.DECODER_CRASH, f"{detail} on this file in a process of its own")


def _end(code: int) -> str:
    if code >= 0:
        return f"ended its process with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
