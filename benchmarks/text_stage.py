"""The whole text stage, rules then sentence then NLI for what is still open at 0.9, beside the naive pipeline.

Runs the recipe itself over the committed descriptions with the true sizes of MiniLM and BART-large (NLI at
int8 where this machine has OpenVINO and NNCF), networks loaded and nothing cached; the pipeline (nli_speed.py: nine
calls a text) takes a few of the same texts. Judged are the ratio of their seconds a text, the number of pairs of
text and hypothesis that NLI judges, and how much faster the same texts go a second time, out of the cache.

How much is open depends on what the sentence encoder hears, and here its weights are random. So there are two figures:
`as_is` believes it, and fills the cache for `again`; `by_truth`, which is judged, runs it too but takes what it hears
from what each description is known to state, as an encoder without fault would. `pairs_at_goal` says how many pairs a
text may have and still reach the goal. `--broken` asks everybody about everything; it must fail.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from eyes_models import PLACE
from eyes_speed import int8_unit
from kyara.extras import has
from kyara.flow import Raw, Reading, View
from kyara.recipes.run import prepare, run_here, source_of
from kyara.records import Sample, Sighting
from kyara.settings import load_settings
from nli_models import DESCRIPTIONS, SIZES, nli_folder, sentence_folder
from nli_speed import VOCABULARY, Naive, extractors

GOAL, MOST_PAIRS, AGAIN = 50.0, 20.0, 20.0  # times, of 142 labels, times
UNTIL = 0.9
Rows = list[dict[str, Any]]


def described(count: int) -> Rows:
    """`count` of the committed descriptions, evenly spread, with what they state."""
    rows: Rows = [json.loads(line) for line in DESCRIPTIONS.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [rows[(2 * i + 1) * len(rows) // (2 * count)] for i in range(count)]


def hearing(rows: Rows, heard: Callable[..., Reading]) -> Callable[[View, Raw, Collection[str]], Reading]:
    """A sentence extractor's `interpret` (`heard`, run and not believed) that hears just what descriptions state."""
    stated = {row["text"]: {name for person in row["people"] for name in person} for row in rows}

    def interpret(view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        heard(view, raw, attributes)
        return Reading(silent=frozenset(attributes) - stated[view.text or ""])

    return interpret


def stage(
    rows: Rows, options: argparse.Namespace, precision: str, by_truth: bool, cache: str = "none"
) -> dict[str, float]:
    """Seconds a text of the recipe, and how many pairs NLI judged a text; networks are loaded before."""
    given = {
        "extractors": "text,sentence,nli",
        "sentence": {"model": str(sentence_folder(options.models, options.size == "tiny"))},
        "nli": {"model": str(nli_folder(options.models, options.size, options.layers))},
        "models": {"folder": options.models / "made", "precision": precision},
        "until_confidence": None if options.broken else UNTIL,
        "cache": cache,
        "catalogue": "none",
    }
    job = prepare(source_of([], [row["text"] for row in rows], {}), load_settings(**given), workers=1)
    sentence, nli = (job.recipe.remembered[name].looking for name in ("sentence", "nli"))
    first = View(Sample("", "", "", text="A girl.", sightings=(Sighting(),)), 0, asked=frozenset({"gender"}))
    for one in (sentence, nli):  # what is loaded or encoded once is not timed
        one.interpret(first, one.look([first])[0], ("gender",))
    if by_truth:
        sentence.interpret = hearing(rows, sentence.interpret)
    run, judged = nli.network.run, []

    def counted(feeds: Any) -> Any:
        judged.append(len(feeds["input_ids"]))
        return run(feeds)

    nli.network.run = counted
    start = time.perf_counter()
    result = run_here(job, Event(), lambda done, skipped: None)
    seconds = time.perf_counter() - start
    if result.tally.skips or result.tally.missed:
        raise RuntimeError(f"not all was read: {result.tally.skips} {result.tally.missed}")
    return {"s": seconds / len(rows), "pairs": sum(judged) / len(rows)}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The JSON line of this benchmark."""
    rows = described(options.texts)
    folder = nli_folder(options.models, options.size, options.layers)
    precision = "int8" if has("openvino") and has("nncf") else "f32"
    texts = [row["text"] for row in rows]
    extractors(folder, options.models / "made", texts, (precision,))  # quantises it where it was not yet
    naive = Naive(folder)
    naive("A girl.", ("gender",))
    found, some = {}, described(options.as_is)
    with TemporaryDirectory() as cache:
        for name, truly, of, kept in (
            ("by_truth", True, rows, "none"),
            ("as_is", False, some, cache),
            ("again", False, some, cache),
        ):
            found[name] = stage(of, options, precision, truly, kept)
            print({name: found[name]}, flush=True)
    start = time.perf_counter()
    for row in described(options.asked):
        naive(row["text"])
    naive_s = (time.perf_counter() - start) / options.asked
    again = found["as_is"]["s"] / found["again"]["s"]
    times = {name: round(naive_s / one["s"], 2) for name, one in found.items()}
    pair_s = found["as_is"]["s"] / max(1e-9, found["as_is"]["pairs"])
    return {
        "benchmark": "text_stage",
        "broken": options.broken,
        "size": options.size,
        "layers": options.layers or SIZES[options.size][1],
        "precision": precision,
        "int8_unit": int8_unit(),
        "texts": len(rows),
        "labels": sum(len(attribute.labels) for attribute in VOCABULARY.attributes),
        "naive_s": round(naive_s, 3),
        **{f"{name}_s": round(one["s"], 4) for name, one in found.items()},
        **{f"{name}_pairs": round(one["pairs"], 2) for name, one in found.items()},
        **{f"{name}_times": time for name, time in times.items()},
        "again_ratio": round(again, 1),
        "pairs_at_goal": round(naive_s / GOAL / pair_s, 1),
        "goal": GOAL,
        "goal_pairs": MOST_PAIRS,
        "goal_again": AGAIN,
        "missed": [
            name
            for name, bad in (
                ("by_truth_times", times["by_truth"] < GOAL),
                ("by_truth_pairs", found["by_truth"]["pairs"] > MOST_PAIRS),
                ("again_ratio", again < AGAIN or found["again"]["pairs"] > 0),
            )
            if bad
        ],
    }


def main() -> int:
    """Measure, print a short table and one JSON line; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=PLACE, help="where the models are kept between runs")
    parser.add_argument("--size", choices=list(SIZES), default="large")
    parser.add_argument("--layers", type=int, help="of encoder and decoder each, in place of the size's own")
    parser.add_argument("--texts", type=int, default=255, help="of the committed descriptions, hearing by truth")
    parser.add_argument("--as-is", type=int, default=24, help="of them, as the encoder hears them")
    parser.add_argument("--asked", type=int, default=2, help="of them, those that the pipeline takes")
    parser.add_argument("--broken", action="store_true", help="everybody is asked about everything: must fail")
    found = measure(parser.parse_args())
    for name, value in found.items():
        print(f"{name:22} {value}")
    print(json.dumps(found))
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
