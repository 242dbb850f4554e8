"""The ledger of a result folder: what is true of a run but not of its answers (timings, counts, versions, host).

One JSON object a line, appended; a line torn by a kill is passed over when reading.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from kyara.results.atomic import said_as_output_error


class Ledger:
    """Appends to and reads `ledger.jsonl`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, event: str, **facts: Any) -> None:
        line = orjson.dumps({"event": event, "at": round(time.time(), 3), **facts}) + b"\n"
        with said_as_output_error(self.path), self.path.open("ab+") as file:
            if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                line = b"\n" + line  # a kill tore the last one
            file.write(line)

    def entries(self) -> Iterator[Mapping[str, Any]]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue

    def seconds_per_sample(self) -> dict[int, float]:
        """Mean processing seconds a sample, by shard index, of the last time each shard was done."""
        return {
            entry["shard"]: entry["seconds"] / max(1, entry["samples"])
            for entry in self.entries()
            if entry["event"] == "shard"
        }


def host_facts() -> dict[str, Any]:
    """What a figure of this run depends on that is not in the settings."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "packages": {name: version(name) for name in ("numpy", "pillow", "pyarrow")},
    }
