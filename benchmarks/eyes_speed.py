"""`kyara extract --extractors clip` beside what bounds it and beside what people do today, on two cores.

Interleaved in one run, over distinct JPEGs of 1024²: bare decoding and resizing (simplejpeg_scaled of decode_speed.py),
Kyara's own session on batches that lie in memory, a bare loop of both (two threads that each decode a pass and ask the
network, and keep nothing), the whole extraction with its cache cold at f32 and int8, torch that encodes each picture
once, and transformers' pipeline asked per attribute (eyes_peers.py: nine attributes, one prompt a label; Kyara answers
all attributes with all prompts).

Judged is the time of a run in a process of its own, network loaded before, as the peers have theirs; whole commands,
once at each precision, stand beside it. Goals, on medians of the rounds' own ratios: 0.90 of
1 / (1 / decode + 1 / model), 20 × the pipeline at f32 (at int8 100 ×, where the CPU has AMX), and by the faster
precision 5 × torch that encodes once (2 × where it has VNNI only). `--broken` reads one picture at a time, on one
thread; it must fail.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from decode_speed import pictures, simplejpeg_scaled
from eyes_models import PLACE, clip_folder, questions
from eyes_peers import AskedPerAttribute, EncodedOnce
from eyes_runs import PRECISIONS, Clip, on_one_stream
from kyara.weights import Model
from kyara.weights.probe import flags

Rates = dict[str, float]  # by name: pictures a second, or ratios of such
GOAL_BOUND = 0.90
GOALS_PEERS: dict[str, Rates] = {
    "none": {"f32_times_pipeline": 20},
    "vnni": {"f32_times_pipeline": 20, "times_torch": 2},
    "amx": {"f32_times_pipeline": 20, "int8_times_pipeline": 100, "times_torch": 5},
}
PEERS = ("torch", "pipeline")
BATCH, CORES, PASS = 32, 2, 8  # pictures; a run on a CPU asks in passes of 8


def int8_unit() -> str:
    """What this CPU multiplies int8 with: amx, vnni, or nothing of its own (or a system that does not say)."""
    return "amx" if "amx_int8" in flags() else "vnni" if {"avx512_vnni", "avx_vnni"} & set(flags()) else "none"


def rate(count: int, work: Callable[[], object]) -> float:
    """`count` ÷ the seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def decoding(paths: Sequence[Path]) -> float:
    """Pictures a second from file to 224², on all cores."""
    with ThreadPoolExecutor(CORES) as pool:
        return rate(len(paths), lambda: list(pool.map(simplejpeg_scaled, paths)))


def feed(model: Model, count: int) -> dict[str, np.ndarray[Any, Any]]:
    """What its session takes for `count` pictures."""
    side = next(iter(model.session.inputs.values()))[-1] or 224
    return {"pixel_values": np.random.default_rng(6).normal(size=(count, 3, side, side)).astype(np.float32)}


def network(model: Model, batches: int) -> float:
    """Pictures a second of a session, called by as many threads as it has streams."""
    feeds = [feed(model, BATCH)] * batches
    with ThreadPoolExecutor(model.runtime.streams) as pool:
        return rate(BATCH * batches, lambda: list(pool.map(model.run, feeds)))


def bare(model: Model, paths: Sequence[Path]) -> float:
    """Pictures a second of threads that decode a pass and ask the network about one of that size, and no more."""
    pixels = feed(model, PASS)

    def one(first: int) -> None:
        for path in paths[first : first + PASS]:
            simplejpeg_scaled(path)
        model.run(pixels)

    with ThreadPoolExecutor(CORES) as pool:
        return rate(len(paths), lambda: list(pool.map(one, range(0, len(paths), PASS))))


def rounds(clip: Clip, source: Path, options: argparse.Namespace) -> list[Rates]:
    """Pictures a second of every side, round by round; the side that begins changes, so that none is always first."""
    paths = sorted(source.iterdir())
    as_run = {precision: clip.network(source, precision) for precision in PRECISIONS}
    networks = {precision: (model, on_one_stream(model)) for precision, model in as_run.items()}
    once, pipeline = EncodedOnce(clip.folder, questions()), AskedPerAttribute(clip.folder, questions())
    once(paths[:BATCH]), pipeline(paths[:1])

    def model(precision: str) -> Rates:
        # as extract runs it, and as one stream on all cores: the faster is the bound
        return {f"model_{precision}": max(network(one, options.batches) for one in networks[precision])}

    def extract(precision: str) -> Rates:
        return {f"extract_{precision}": len(paths) / clip.loaded_run_s(source, precision, options.broken)}

    def loop(precision: str) -> Rates:
        return {f"bare_{precision}": bare(as_run[precision], paths)}

    some, few = paths[: options.once], paths[: options.asked]
    sides: list[Callable[[], Rates]] = [
        lambda: {"decode": decoding(paths)},
        *(partial(side, precision) for precision in PRECISIONS for side in (model, loop, extract)),
        lambda: {"torch": rate(len(some), lambda: once(some))},
        lambda: {"pipeline": rate(len(few), lambda: pipeline(few))},
    ]
    found = []
    for turn in range(options.rounds):
        first = turn % len(sides)
        found.append({name: value for side in sides[first:] + sides[:first] for name, value in side().items()})
    return found


def ratios(rates: Rates) -> Rates:
    """What is judged, of one round."""
    found = {}
    for precision in PRECISIONS:
        bound = 1 / (1 / rates["decode"] + 1 / rates[f"model_{precision}"])
        others = {"bound": bound, "bare": rates[f"bare_{precision}"]} | {name: rates[name] for name in PEERS}
        found |= {f"{precision}_times_{name}": rates[f"extract_{precision}"] / per_s for name, per_s in others.items()}
    return found | {"times_torch": max(found[f"{precision}_times_torch"] for precision in PRECISIONS)}


def goals(unit: str) -> Rates:
    """What each judged ratio must reach on a CPU with this int8 unit."""
    return {f"{precision}_times_bound": GOAL_BOUND for precision in PRECISIONS} | GOALS_PEERS[unit]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The JSON line of this benchmark."""
    unit = int8_unit()
    clip = Clip(clip_folder(options.models, options.tiny), options.models / "made")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        pictures(options.illustrations, options.pictures, source, seed=9)
        made_s = clip.warm_up(source)
        commands_s = {f"{p}_command_s": round(clip.extract_anew(source, p).command_s, 1) for p in PRECISIONS}
        runtimes = {f"{p}_runtime": clip.network(source, p).runtime.label for p in PRECISIONS}
        found = rounds(clip, source, options)
    rates = {f"{name}_per_s": round(statistics.median(r[name] for r in found), 2) for name in found[0]}
    judged = [ratios(r) for r in found]
    times = {name: round(statistics.median(r[name] for r in judged), 3) for name in judged[0]}
    return {
        "benchmark": "eyes_speed",
        "broken": options.broken,
        "pictures": options.pictures,
        "rounds": options.rounds,
        "int8_unit": unit,
        **runtimes,
        **made_s,
        **commands_s,
        **rates,
        **times,
        "goals": goals(unit),
        "missed": [name for name, goal in goals(unit).items() if times[name] < goal],
    }


def main() -> int:
    """Measure, print a short table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    packs = Path(__file__).resolve().parents[2] / "shared/data"
    parser.add_argument("--illustrations", type=Path, default=packs / "illustrations_boxes.parquet")
    parser.add_argument("--models", type=Path, default=PLACE, help="where the model is kept between runs")
    parser.add_argument("--tiny", action="store_true", help="a model of two thin layers: to try the script, no figures")
    parser.add_argument("--pictures", type=int, default=640, help="a multiple of 64 leaves no thread idle at the end")
    parser.add_argument("--once", type=int, default=128, help="of these, those that torch encodes once")
    parser.add_argument("--asked", type=int, default=12, help="of these, those that the pipeline is asked about")
    parser.add_argument("--batches", type=int, default=10, help="batches of 32 through the bare session")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--broken", action="store_true", help="one picture at a time: must fail")
    found = measure(parser.parse_args())
    for name, value in found.items():
        print(f"{name:22} {value}")
    print(json.dumps(found))
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
