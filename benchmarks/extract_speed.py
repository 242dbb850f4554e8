"""The main job end to end: `kyara extract` of a table of tag strings to Parquet, as a command of its own.

Wall time from start to exit, start-up included; peak resident memory of all its processes together, looked at four
times a second, at all rows and at a tenth of them; bytes of the whole result folder a sample. Fails when any goal is
missed. `--broken` keeps every sample in memory (the in-memory API), so that memory grows with the table; it must fail.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from posts import POSTS, write_table

GOAL_PER_S = 10_000
GOAL_PEAK_RATIO, GOAL_PEAK_MB = 1.2, 1_000
GOAL_BYTES = 1_000
LOOK_EVERY_S = 0.25  # finding the processes costs milliseconds of the cores that are measured
IN_MEMORY = "import sys; from kyara import extract; extract(sys.argv[1], extractors='tags')"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command cost: wall seconds, peak resident memory of all its processes together in MB (10^6 bytes)."""

    wall_s: float
    peak_mb: float


def run_python(*arguments: object) -> Ran:
    """Run this Python with `arguments` to its end. Raises RuntimeError with its last words where it fails."""
    with TemporaryDirectory() as folder:
        said = Path(folder) / "stderr"
        started = time.perf_counter()
        with said.open("wb") as stderr:
            command = [sys.executable, *map(str, arguments)]
            child = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
            peak = 0
            while child.poll() is None:
                peak = max(peak, resident(child))
                time.sleep(LOOK_EVERY_S)
        wall_s = time.perf_counter() - started
        if child.returncode:
            raise RuntimeError(f"{command} ended with {child.returncode}: {said.read_text(errors='replace')[-800:]}")
    return Ran(wall_s, peak / 1e6)


def resident(process: psutil.Process) -> int:
    """Resident bytes of a process and all below it now; what they share is counted for each."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
    return total


def extracted(table: Path, out: Path, broken: bool) -> Ran:
    """One whole extraction of `table` into `out` (of nothing into nowhere, if broken)."""
    if broken:
        return run_python("-c", IN_MEMORY, table)
    return run_python("-m", "kyara", "extract", table, "--out", out, "--extractors", "tags")


def size_of(folder: Path) -> int:
    """Bytes of all files in and below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(posts: Path, rows: int, broken: bool) -> dict[str, Any]:
    """The JSON line of this benchmark."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        tenth = folder / "tenth.jsonl"
        write_table(tenth, posts, rows // 10)
        small = extracted(tenth, folder / "small", broken)
        table = folder / "posts.jsonl"
        distinct = write_table(table, posts, rows)
        large = extracted(table, folder / "large", broken)
        table_mb, result_bytes = table.stat().st_size / 1e6, size_of(folder / "large")
    return {
        "benchmark": "extract_speed",
        "broken": broken,
        "rows": rows,
        "distinct": distinct,
        "table_mb": round(table_mb, 1),
        "wall_s": round(large.wall_s, 2),
        "rows_per_s": round(rows / large.wall_s),
        "goal_per_s": GOAL_PER_S,
        "peak_mb": round(large.peak_mb, 1),
        "peak_mb_at_tenth": round(small.peak_mb, 1),
        "peak_ratio": round(large.peak_mb / small.peak_mb, 3),
        "goal_peak_ratio": GOAL_PEAK_RATIO,
        "goal_peak_mb": GOAL_PEAK_MB,
        "bytes_a_sample": round(result_bytes / rows),
        "goal_bytes": GOAL_BYTES,
    }


def main() -> int:
    """Measure, print a short table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=Path, default=POSTS, help="CSV of real posts")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--broken", action="store_true", help="keep every sample in memory: must fail")
    options = parser.parse_args()
    found = measure(options.posts, options.rows, options.broken)
    met = {
        "rows_per_s": found["rows_per_s"] >= GOAL_PER_S,
        "peak_ratio": found["peak_ratio"] <= GOAL_PEAK_RATIO,
        "peak_mb": found["peak_mb"] < GOAL_PEAK_MB,
        "bytes_a_sample": found["bytes_a_sample"] <= GOAL_BYTES,
    }
    found["missed"] = [name for name, good in met.items() if not good]
    for name, value in found.items():
        print(f"{name:18} {value}")
    print(json.dumps(found))
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
