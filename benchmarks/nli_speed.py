"""NLI texts a second: transformers' zero-shot pipeline, called once an attribute, beside Kyara's nli, the same weights.

The pipeline (torch, float32) judges one hypothesis after the other, nine calls a text; Kyara is asked for the same nine
attributes and the same hypotheses, in one go, through OpenVINO (or ONNX Runtime where that is not) at float32 and at
int8 (quantised on other descriptions, which is not timed). All three take each text side by side, and who begins
changes. The goal, 5 x the pipeline by the faster of Kyara's two, is for CPUs with an int8 unit; scores at float32 must
be the pipeline's to 1e-4.

Random weights cost what trained ones do. `--size` and `--layers` say which BART: the default is the true one, of which
a text takes the pipeline half a minute and more. `--broken` takes contradiction for entailment; it must fail.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from eyes_models import NINE, PLACE
from eyes_speed import int8_unit
from kyara.extractors.language.passages import passages
from kyara.extractors.nli import NliExtractor
from kyara.extractors.nli.hypotheses import TEMPLATE, hypotheses_of
from kyara.extractors.nli.judging import likely, shares
from kyara.extras import has
from kyara.flow import View
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime, find
from kyara.weights.quantise import has_int8, quantise
from nli_models import SIZES, descriptions, nli_folder

GOAL = 5.0
CLOSE = 1e-4  # of scores, float32 against the pipeline
CORES, CALIBRATED_ON = 2, 24
VOCABULARY = load_vocabulary()
ASKED = VOCABULARY.names[:NINE]
Scores = dict[str, np.ndarray]  # by attribute, in the order of its labels


class Naive:
    """What people do today: the pipeline as it comes, once for every attribute."""

    def __init__(self, folder: Path) -> None:
        from transformers import pipeline
        from transformers.utils import logging as said

        said.set_verbosity_error()
        said.disable_progress_bar()
        self._pipe = pipeline("zero-shot-classification", model=str(folder), device="cpu")

    def __call__(self, text: str, asked: Sequence[str] = ASKED) -> Scores:
        """The scores of every label of the attributes `asked`."""
        return {name: self._one(text, name) for name in asked}

    def _one(self, text: str, name: str) -> np.ndarray:
        before, after = TEMPLATE.split("{}")
        labels = [one.removeprefix(before).removesuffix(after) for one in hypotheses_of(VOCABULARY[name])]
        many = not VOCABULARY[name].one_of
        given = self._pipe(text, candidate_labels=labels, hypothesis_template=TEMPLATE, multi_label=many)
        scores = dict(zip(given["labels"], given["scores"], strict=True))
        return np.array([scores[label] for label in labels])


def view_of(text: str, asked: Sequence[str] = ASKED) -> View:
    """A text, asked for these attributes."""
    return View(Sample(text, text, "", text=text, sightings=(Sighting(),)), 0, asked=frozenset(asked))


def scores_of(extractor: NliExtractor, text: str, asked: Sequence[str] = ASKED) -> Scores:
    """Kyara's scores of the same questions."""
    (raw,) = extractor.look([view_of(text, asked)])
    classes = extractor._classes
    return {name: (shares if VOCABULARY[name].one_of else likely)(raw[name][0], classes) for name in asked}


def extractors(folder: Path, made: Path, texts: Sequence[str], precisions: Sequence[str]) -> dict[str, NliExtractor]:
    """One a precision, its network loaded; int8 is quantised first where it was not yet, on `texts`."""
    backend = "openvino" if has("openvino") else "onnxruntime"
    found = {}
    for precision in precisions:
        runtime = Runtime(backend, "cpu", precision, threads=CORES, folder=made)
        weights = find(str(folder))
        found[precision] = extractor = NliExtractor(VOCABULARY, weights, runtime, made)
        if precision == "int8":
            plain = NliExtractor(VOCABULARY, weights, replace(runtime, precision="f32"), made)
            if not has_int8(plain.network.path, made):
                quantise(plain.network.path, calibration(plain, texts), made)
        assert extractor.network.session.inputs, "loaded"
    return found


def calibration(extractor: NliExtractor, texts: Sequence[str]) -> list[dict[str, np.ndarray]]:
    """Rows of pairs, one of each text."""
    return [extractor.feeds([view_of(text)]) for text in texts[:CALIBRATED_ON]]


def timed(work: Callable[[str], Scores], text: str) -> tuple[float, float, Scores]:
    """Wall seconds and processor seconds of `work`, and what came of it."""
    start, cpu = time.perf_counter(), time.process_time()
    scores = work(text)
    return time.perf_counter() - start, time.process_time() - cpu, scores


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The JSON line of this benchmark."""
    logging.getLogger("kyara.progress").addHandler(logging.NullHandler())
    folder = nli_folder(options.models, options.size, options.layers)
    short = sorted((text for text in descriptions() if len(passages(text)) == 1), key=len)  # peers know no people
    texts = [short[(2 * i + 1) * len(short) // (2 * options.texts)] for i in range(options.texts)]
    others = [text for text in short if text not in texts][3::7]
    naive = Naive(folder)
    precisions = ("f32", "int8") if has("openvino") and has("nncf") else ("f32",)
    ours = extractors(folder, options.models / "made", others, precisions)
    if options.broken:
        for one in ours.values():
            right = one._classes
            one._classes = replace(right, entailment=right.contradiction, contradiction=right.entailment)
    sides: dict[str, Callable[..., Scores]] = {"naive": naive}
    sides |= {name: partial(scores_of, one) for name, one in ours.items()}
    for side in sides.values():
        side("A girl.", ASKED[1:2])  # the first call of anything is slow
    found, furthest = [], 0.0
    for turn, text in enumerate(texts):
        names = list(sides)
        order = names[turn % len(names) :] + names[: turn % len(names)]
        taken = {name: timed(sides[name], text) for name in order}
        found.append(taken)
        expected, given = taken["naive"][2], taken["f32"][2]
        furthest = max(furthest, *(float(np.abs(expected[name] - given[name]).max()) for name in ASKED))
        print({name: [round(s, 2) for s in taken[name][:2]] for name in names}, furthest, flush=True)
    wall, cpu = (
        {name: round(statistics.median(s["naive"][kind] / s[name][kind] for s in found), 2) for name in ours}
        for kind in (0, 1)
    )
    best = max(wall.values())
    missed = [name for name, bad in (("times", best < GOAL), ("furthest_score", furthest > CLOSE)) if bad]
    return {
        "benchmark": "nli_speed",
        "broken": options.broken,
        "size": options.size,
        "layers": options.layers or SIZES[options.size][1],
        "hypotheses": sum(len(VOCABULARY[name].labels) for name in ASKED),
        "texts": len(texts),
        "int8_unit": int8_unit(),
        **{f"{name}_per_s": round(1 / statistics.median(s[name][0] for s in found), 4) for name in sides},
        **{f"{name}_times": times for name, times in wall.items()},
        **{f"{name}_times_of_cpu": times for name, times in cpu.items()},
        "times": best,
        "furthest_score": furthest,
        "goal": GOAL,
        "missed": missed,
    }


def main() -> int:
    """Measure, print a short table and one JSON line; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=PLACE, help="where the model is kept between runs")
    parser.add_argument("--size", choices=list(SIZES), default="large")
    parser.add_argument("--layers", type=int, help="of encoder and decoder each, in place of the size's own")
    parser.add_argument("--texts", type=int, default=6, help="of the committed descriptions, evenly spread by length")
    parser.add_argument("--broken", action="store_true", help="contradiction for entailment: must fail")
    found = measure(parser.parse_args())
    for name, value in found.items():
        print(f"{name:22} {value}")
    print(json.dumps(found))
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
