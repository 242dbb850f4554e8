"""Two worker processes against one, on work that is bound by decoding: the histogram over distinct JPEGs of 1024².

One thread each, no cache. Judged is the time from the first shard's beginning to the last one's end by the ledger,
without the starts of Python, which a small input is hidden behind; whole commands stand beside it. Both must write the
same bytes. Rounds are interleaved; given are medians over rounds, and of the rounds' own ratios. `--broken` gives one
worker both times; it must fail.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from decode_speed import pictures
from eyes_runs import extract
from kyara.results.ledger import Ledger

GOAL = 1.7
SHARD = 25  # pictures a shard: workers take whole shards, and the usual 5,000 would leave the second one idle


def run(source: Path, out: Path, workers: int) -> tuple[float, float]:
    """Seconds of the work and of the whole command, on `workers` processes of one thread each."""
    settings = out.with_name("settings.toml")
    settings.write_text(
        f'extractors = ["histogram"]\ndetectors = ["none"]\ncache = "none"\nshard_size = {SHARD}\n', encoding="utf-8"
    )
    ran = extract(source, out, "--config", settings, "--workers", workers, "--threads", 1, "--force")
    shards = [entry for entry in Ledger(out / "ledger.jsonl").entries() if entry["event"] == "shard"]
    begins = min(entry["at"] - entry["seconds"] for entry in shards)
    return max(entry["at"] for entry in shards) - begins, ran.command_s


def same_bytes(one: Path, other: Path) -> bool:
    """True where both result folders hold the same parts and marks, to the byte."""
    first, second = (
        {path.relative_to(out): path.read_bytes() for name in ("parts", "done") for path in (out / name).iterdir()}
        for out in (one, other)
    )
    return first == second


def measure(pack: Path, count: int, rounds: int, broken: bool) -> dict[str, Any]:
    """The JSON line of this benchmark."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "pictures"
        source.mkdir()
        pictures(pack, count, source, seed=8)
        outs = {1: folder / "one", 2: folder / "two"}
        ran: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        for turn in range(rounds):
            for workers in (1, 2) if turn % 2 == 0 else (2, 1):
                ran[workers].append(run(source, outs[workers], 1 if broken else workers))
        same = same_bytes(outs[1], outs[2])
    work, command = (
        statistics.median(one[i] / two[i] for one, two in zip(ran[1], ran[2], strict=True)) for i in range(2)
    )
    return {
        "benchmark": "eyes_workers",
        "broken": broken,
        "pictures": count,
        "rounds": rounds,
        **{f"{n}_per_s": round(count / statistics.median(work_s for work_s, _ in ran[n]), 1) for n in ran},
        "ratio": round(work, 2),
        "goal": GOAL,
        "command_ratio": round(command, 2),
        "same_bytes": same,
    }


def main() -> int:
    """Measure, print a short table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    packs = Path(__file__).resolve().parents[2] / "shared/data"
    parser.add_argument("--illustrations", type=Path, default=packs / "illustrations_boxes.parquet")
    parser.add_argument("--pictures", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--broken", action="store_true", help="one worker both times: must fail")
    options = parser.parse_args()
    found = measure(options.illustrations, options.pictures, options.rounds, options.broken)
    for name, value in found.items():
        print(f"{name:18} {value}")
    print(json.dumps(found))
    return 0 if found["ratio"] >= GOAL and found["same_bytes"] else 1


if __name__ == "__main__":
    sys.exit(main())
