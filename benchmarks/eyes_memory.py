"""Peak memory of `kyara extract --extractors clip` over 1,000 and 20,000 pictures, beside transformers' pipeline.

Each is a process of its own; counted is the resident memory of all its processes together, looked at four times a
second, the command's supervisor included. The pictures are distinct JPEGs of 1024², for those decoded at once count
too: batches of them here, one there. The pipeline is asked per attribute about a few dozen of them: its peak over more
can only be higher.
Fails where 20,000 pictures (at int8) take more than 1.1 times the memory of 1,000, or where Kyara takes more than half
of the pipeline's at any precision: what fails is named. bf16 is measured where the CPU computes in it. `--broken` keeps
every sample in memory (the in-memory API); it must fail.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from extract_speed import run_python
from eyes_models import PLACE, clip_folder
from eyes_runs import PRECISIONS, Clip, small_pictures
from kyara.weights.probe import BF16, flags

GOAL_RATIO, GOAL_SHARE = 1.1, 0.5
SIDE_PX = 1024
PIPELINE = """
import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])
from eyes_models import questions; from eyes_peers import AskedPerAttribute
AskedPerAttribute(Path(sys.argv[2]), questions())(sorted(Path(sys.argv[3]).iterdir()))
"""
IN_MEMORY = "import sys; from kyara import extract; extract(sys.argv[1], config=sys.argv[2])"


def peak_mb(clip: Clip, source: Path, precision: str, broken: bool) -> float:
    """Peak memory of one extraction with a new cache."""
    if not broken:
        return clip.extract_anew(source, precision).peak_mb
    with tempfile.TemporaryDirectory() as place:
        return run_python("-c", IN_MEMORY, source, clip.settings(Path(place), precision)).peak_mb


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The JSON line of this benchmark."""
    clip = Clip(clip_folder(options.models, options.tiny), options.models / "made")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        few, many, asked = (
            small_pictures(place / what, count, SIDE_PX)
            for what, count in {"few": options.few, "many": options.many, "asked": options.asked}.items()
        )
        clip.warm_up(few)
        pipeline_mb = run_python("-c", PIPELINE, Path(__file__).parent, clip.folder, asked).peak_mb
        precisions = [*PRECISIONS, *(["bf16"] if BF16 & set(flags()) else [])]
        peaks = {precision: peak_mb(clip, few, precision, options.broken) for precision in precisions}
        many_mb = peak_mb(clip, many, "int8", options.broken)
    highest = peaks | {"int8": max(peaks["int8"], many_mb)}
    shares = {f"{precision}_share": round(peak / pipeline_mb, 3) for precision, peak in highest.items()}
    ratio = round(many_mb / peaks["int8"], 3)
    missed = [name for name, share in shares.items() if share > GOAL_SHARE] + ["ratio"] * (ratio > GOAL_RATIO)
    return {
        "benchmark": "eyes_memory",
        "broken": options.broken,
        "few": options.few,
        "many": options.many,
        "asked": options.asked,
        "pipeline_mb": round(pipeline_mb, 1),
        **{f"{precision}_mb": round(peak, 1) for precision, peak in peaks.items()},
        "many_mb": round(many_mb, 1),
        "ratio": ratio,
        "goal_ratio": GOAL_RATIO,
        **shares,
        "goal_share": GOAL_SHARE,
        "missed": missed,
    }


def main() -> int:
    """Measure, print a short table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=PLACE, help="where the model is kept between runs")
    parser.add_argument("--tiny", action="store_true", help="a model of two thin layers: to try the script, no figures")
    parser.add_argument("--few", type=int, default=1_000, help="pictures of the small extraction")
    parser.add_argument("--many", type=int, default=20_000, help="pictures of the large extraction")
    parser.add_argument("--asked", type=int, default=24, help="pictures that the pipeline is asked about")
    parser.add_argument("--broken", action="store_true", help="keep every sample in memory: must fail")
    found = measure(parser.parse_args())
    for name, value in found.items():
        print(f"{name:18} {value}")
    print(json.dumps(found))
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
