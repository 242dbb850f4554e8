"""The same command a second time, over a table of tag strings and over a folder of pictures with sidecars.

Both runs are processes of their own. `command` is their wall time; `run` is what the result's ledger gives, without
the start of Python and the making of extractors, which a small input is hidden behind. Beside them the bare reading
and hashing of all input bytes. Fails unless the second run is 20 times as fast as the first, or takes at most twice
the bare reading. `--broken` removes the done-marks between the runs; it must fail.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from extract_speed import run_python
from kyara.results.ledger import Ledger
from posts import POSTS, write_table

GOAL_RATIO = 20
GOAL_TIMES_READING = 2.0
SIDE_PX = 768


def write_folder(folder: Path, pictures: int) -> Path:
    """`pictures` JPEGs of smooth noise, each with one tag line and one head box in a JSON sidecar."""
    folder.mkdir()
    rng = np.random.default_rng(2)
    for number in range(pictures):
        coarse = Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8))
        coarse.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC).save(folder / f"{number:05d}.jpg", quality=92)
        said = {"tags": "1girl, blue_hair, smile", "sightings": [{"head": [200, 100, 500, 400]}]}
        (folder / f"{number:05d}.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def reading_s(source: Path) -> float:
    """Seconds to read and hash every byte of the input, and nothing else."""
    paths = sorted(source.iterdir()) if source.is_dir() else [source]
    started = time.perf_counter()
    for path in paths:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
    return time.perf_counter() - started


def run_s(out: Path) -> float:
    """Seconds of the latest run in a result folder, by its ledger."""
    return float([entry["seconds"] for entry in Ledger(out / "ledger.jsonl").entries() if entry["event"] == "end"][-1])


def measured(source: Path, broken: bool) -> dict[str, float]:
    """Both runs over `source`, in seconds and ratios."""
    out = source.with_name(f"{source.stem}-out")
    command = ("-m", "kyara", "extract", source, "--out", out, "--cache", source.with_name(f"{source.stem}.sqlite"))
    found: dict[str, float] = {}
    for turn in ("first", "second"):
        found[f"{turn}_command_s"] = run_python(*command).wall_s
        found[f"{turn}_run_s"] = max(run_s(out), 0.001)  # the ledger's last digit
        if broken:
            shutil.rmtree(out / "done")
    found["reading_s"] = reading_s(source)
    for kind in ("command", "run"):
        found[f"{kind}_ratio"] = found[f"first_{kind}_s"] / found[f"second_{kind}_s"]
    found["times_reading"] = found["second_run_s"] / found["reading_s"]
    return {name: round(value, 4 if name.endswith("_s") else 1) for name, value in found.items()}


def main() -> int:
    """Measure both sources, print a short table and one JSON line; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=Path, default=POSTS, help="CSV of real posts")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the table")
    parser.add_argument("--pictures", type=int, default=400, help="pictures in the folder")
    parser.add_argument("--broken", action="store_true", help="remove the done-marks between the runs: must fail")
    options = parser.parse_args()
    result: dict[str, Any] = {"benchmark": "rerun_speed", "broken": options.broken, "goal_ratio": GOAL_RATIO}
    result |= {"goal_times_reading": GOAL_TIMES_READING, "rows": options.rows, "pictures": options.pictures}
    passed = []
    for name, source in sources(options.posts, options.rows, options.pictures):
        found = measured(source, options.broken)
        passed.append(found["run_ratio"] >= GOAL_RATIO or found["times_reading"] <= GOAL_TIMES_READING)
        print(f"{name}:")
        for what, value in found.items():
            print(f"  {what:18} {value}")
        result |= {f"{name}_{what}": value for what, value in found.items()}
    result["passed"] = all(passed)
    print(json.dumps(result))
    return 0 if result["passed"] else 1


def sources(posts: Path, rows: int, pictures: int) -> Iterator[tuple[str, Path]]:
    """The two inputs by name, each in a folder that goes when it is done with."""
    makers: dict[str, Callable[[Path], object]] = {
        "table": lambda path: write_table(path.with_suffix(".jsonl"), posts, rows),
        "folder": lambda path: write_folder(path, pictures),
    }
    for name, make in makers.items():
        with TemporaryDirectory() as folder:
            make(Path(folder) / name)
            yield name, next(Path(folder).iterdir())


if __name__ == "__main__":
    sys.exit(main())
