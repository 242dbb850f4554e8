"""The same pictures a second time, and once more with one label added to the vocabulary: the cache answers.

Every run goes into a new result folder, so that no done-mark answers for it; all share one cache. Judged is the time of
the run by its ledger, without the start of Python; only the first one loads the network. Beside it stand whole
commands, and the second run as so many times the bare reading and hashing of all pictures, which it cannot do without.
Fails unless the second run is `GOAL` times as fast as the first one, cold, and neither it nor the one with the added
label takes a single pass over pixels, as the run's own counts tell. `--broken` removes the cache between the runs; it
must fail.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from decode_speed import pictures
from eyes_models import PLACE, clip_folder
from eyes_runs import PRECISIONS, Clip, Extraction
from rerun_speed import reading_s

GOAL = 20
ADDED = '[hair_color.labels.copper]\nprompts = ["a person with copper hair"]\n'


def runs(clip: Clip, source: Path, place: Path, precision: str, broken: bool) -> dict[str, Extraction]:
    """The first run, the second, and the one with another vocabulary."""
    added = place / "own.toml"
    added.write_text(ADDED, encoding="utf-8")
    found: dict[str, Extraction] = {}
    for name, more in {"first": (), "second": (), "added": ("--vocabulary", added)}.items():
        found[name] = clip.extract(source, place, precision, *more, out=f"{precision}-{name}")
        if broken:
            shutil.rmtree(place / f"{precision}.sqlite")
    return found


def figures(found: dict[str, Extraction], bare_s: float) -> dict[str, float]:
    """What is shown of one precision's runs; `bare_s`: bare reading and hashing."""
    shown: dict[str, float] = {}
    for name, ran in found.items():
        shown |= {f"{name}_run_s": round(ran.run_s, 3), f"{name}_command_s": round(ran.command_s, 2)}
        shown |= {f"{name}_hits": ran.hits, f"{name}_looks": ran.looks}
    first, second = found["first"], found["second"]
    shown["run_ratio"] = round(first.run_s / second.run_s, 1)
    shown["times_reading"] = round(second.run_s / bare_s, 1)
    shown["command_ratio"] = round(first.command_s / second.command_s, 1)
    return shown


def missed(found: dict[str, Extraction], pictures: int) -> list[str]:
    """The goals that one precision's runs miss."""
    met = {
        "run_ratio": found["first"].run_s >= GOAL * found["second"].run_s,
        "first_looks": (found["first"].hits, found["first"].looks) == (0, pictures),
        "second_looks": (found["second"].hits, found["second"].looks) == (pictures, 0),
        "added_looks": (found["added"].hits, found["added"].looks) == (pictures, 0),
    }
    return [name for name, good in met.items() if not good]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The JSON line of this benchmark."""
    result: dict[str, Any] = {"benchmark": "eyes_rerun", "broken": options.broken, "pictures": options.pictures}
    result |= {"goal_ratio": GOAL, "missed": []}
    clip = Clip(clip_folder(options.models, options.tiny), options.models / "made")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        source = place / "pictures"
        source.mkdir()
        pictures(options.illustrations, options.pictures, source, seed=10)
        clip.warm_up(source)
        for precision in PRECISIONS:
            found = runs(clip, source, place, precision, options.broken)
            result |= {f"{precision}_{what}": value for what, value in figures(found, reading_s(source)).items()}
            result["missed"] += [f"{precision}_{what}" for what in missed(found, options.pictures)]
    return result


def main() -> int:
    """Measure, print a short table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    packs = Path(__file__).resolve().parents[2] / "shared/data"
    parser.add_argument("--illustrations", type=Path, default=packs / "illustrations_boxes.parquet")
    parser.add_argument("--models", type=Path, default=PLACE, help="where the model is kept between runs")
    parser.add_argument("--tiny", action="store_true", help="a model of two thin layers: to try the script, no figures")
    parser.add_argument("--pictures", type=int, default=640)
    parser.add_argument("--broken", action="store_true", help="remove the cache between the runs: must fail")
    found = measure(parser.parse_args())
    for name, value in found.items():
        print(f"{name:24} {value}")
    print(json.dumps(found))
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
