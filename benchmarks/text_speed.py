"""How many descriptions a second the text extractor reads on one core, all of them distinct texts.

Whole `announce` + `read` calls, as a run makes them. `--broken` reads every text forty times and must fail.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kyara.extractors.text import TextExtractor
from kyara.flow import View
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary

GOAL_PER_S = 5_000
BATCH = 256
ROUNDS = 40  # the best counts: other work on the machine only ever slows a round down


def distinct_texts(path: Path, count: int) -> list[str]:
    """`count` different texts, made of the file's by a changing word at the end."""
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    letters = str.maketrans("0123456789", "bcdfghjklm")
    return [f"{texts[i % len(texts)]} x{str(i).translate(letters)}" for i in range(count)]


def time_of(extractor: TextExtractor, samples: list[Sample], attributes: Sequence[str], repeats: int) -> float:
    """Processor seconds to announce and read all samples, in batches as a run has them."""
    started = time.process_time()
    for _ in range(repeats):
        for start in range(0, len(samples), BATCH):
            batch = samples[start : start + BATCH]
            for sample in batch:
                extractor.announce(sample)
            extractor.read([View(sample, 0) for sample in batch], attributes)
    return time.process_time() - started


def main() -> int:
    """Time the reading, print a short table and one JSON line; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "data" / "descriptions.jsonl"
    parser.add_argument("path", type=Path, nargs="?", default=default, help="JSONL of descriptions")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--broken", action="store_true", help="read every text forty times: must fail")
    options = parser.parse_args()
    texts = distinct_texts(options.path, options.count)
    extractor = TextExtractor(vocabulary := load_vocabulary())
    samples = [Sample(str(i), str(i), "", text=text, sightings=(Sighting(),)) for i, text in enumerate(texts)]
    repeats = 40 if options.broken else 1
    size = max(1, len(samples) // ROUNDS)
    rounds = [samples[start : start + size] for start in range(0, len(samples), size)]
    timed = [time_of(extractor, part, vocabulary.names, repeats) / len(part) for part in rounds]
    per_s, middle = 1 / min(timed), 1 / sorted(timed)[len(timed) // 2]
    passed = per_s >= GOAL_PER_S
    mean = sum(map(len, texts)) / len(texts)
    print(f"{len(texts)} texts of {mean:.0f} characters in {ROUNDS} rounds: best {per_s:.0f}/s, middle {middle:.0f}/s")
    line = {"benchmark": "text_speed", "descriptions_per_s": round(per_s), "middle_per_s": round(middle),
            "goal": GOAL_PER_S, "mean_chars": round(mean), "broken": options.broken, "passed": passed}  # fmt: skip
    print(json.dumps(line))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
