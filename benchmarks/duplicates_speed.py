"""How long a million fingerprints take to be grouped, and how much memory.

Synthetic fingerprints with the spectrum of pictures (amplitudes fall with frequency), one in ten a near copy of
another: noisy, mirrored, or cropped. From fingerprints in memory to groups: hashing in every pose, candidates,
alignment, choice. It fails where it takes longer than the goal, or where it finds less than 0.85 of the copies (as is
asked of crops in duplicates_found) or 1 pair in 100 is no copy, since fast and wrong is no use. CPU seconds are told
beside, for busy machines. `--broken` has two buckets for all, as if nothing were hashed; it must fail.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time

import numpy as np
from numpy.typing import NDArray

from kyara.quality import hashing
from kyara.quality.fingerprint import SIDE, mirrored, seen_through, window
from kyara.quality.groups import dropped, near_pairs

GOAL_S = 60.0
COUNT = 1_000_000
FOUND, TRUE = 0.85, 0.99
COPIES = 10  # one in so many
AT_ONCE = 20_000


def made(count: int, seed: int = 0) -> NDArray[np.int8]:
    """`count` fingerprints, of which the last tenth are copies of the first tenth, in order."""
    random = np.random.default_rng(seed)
    fall = 1.0 / (1.0 + np.add.outer(np.arange(SIDE), np.arange(SIDE)).astype(np.float32)) ** 1.5
    own, found = count - count // COPIES, np.empty((count, SIDE * SIDE), np.int8)
    for start in range(0, own, AT_ONCE):
        size = min(AT_ONCE, own - start)
        planes = random.standard_normal((size, SIDE, SIDE), np.float32) * fall
        found[start : start + size] = _bytes(planes)
        if start < count - own:
            some = min(size, count - own - start)
            found[own + start : own + start + some] = _bytes(_copied(planes[:some], fall, random))
    return found


def _copied(planes: NDArray[np.float32], fall: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """A third with noise of a twentieth, a third mirrored, a third cropped to 92 % somewhere."""
    some = planes + 0.05 * fall * random.standard_normal(planes.shape, np.float32)
    some[1::3] = mirrored(some[1::3])
    some[2::3] = seen_through(some[2::3], window(0.03, 0.92), window(0.06, 0.92))
    return some


def _bytes(planes: NDArray[np.float32]) -> NDArray[np.int8]:
    planes[:, 0, 0] = 0.0
    planes /= np.abs(planes).max(axis=(1, 2), keepdims=True)
    return np.rint(127 * np.sign(planes) * np.sqrt(np.abs(planes))).astype(np.int8).reshape(len(planes), -1)


def main() -> int:
    """Make them, group them, print the figures and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="fingerprints")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--broken", action="store_true", help="one bucket for all: must fail")
    options = parser.parse_args()
    if options.broken:
        hashing.SLOT_BITS = 1
    fingerprints = made(options.count)
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    pairs = near_pairs(fingerprints, np.arange(len(fingerprints)), threads=options.threads)
    gone = list(dropped(pairs, [(0.0,)] * len(fingerprints)))
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    copies = options.count // COPIES
    own = options.count - copies
    true = sum(drop.number - own == drop.kept for drop in gone)
    result = {
        "benchmark": "duplicates_speed",
        "broken": options.broken,
        "fingerprints": options.count,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "load": round(os.getloadavg()[0], 1),
        "found": round(true / max(1, copies), 4),
        "precision": round(true / max(1, len(gone)), 5),
        "peak_mb": round(after.ru_maxrss / 1024),
        "fingerprints_mb": round(fingerprints.nbytes / 1e6),
    }
    missed = ["seconds"] * (seconds > GOAL_S * options.count / COUNT + 5)
    missed += ["found"] * (result["found"] < FOUND) + ["precision"] * (result["precision"] < TRUE)
    result |= {"missed": missed, "passed": not missed}
    for name, value in result.items():
        print(f"{name:18} {value}")
    print(json.dumps(result))
    return 0 if not missed else 1


if __name__ == "__main__":
    sys.exit(main())
