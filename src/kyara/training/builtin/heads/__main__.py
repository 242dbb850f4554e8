"""`python -m kyara.training.builtin.heads`: trains the head detector and writes heads.onnx and heads.toml.

Stopped at any time, the same command goes on from the last checkpoint. The threshold is chosen on the share of the
training illustrations that is not learned from; held-out pictures are not read.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import torch

from kyara.training.builtin.heads.export import write
from kyara.training.builtin.heads.pictures import Picture, faces, illustrations
from kyara.training.builtin.heads.scenes import INPUT_PX, Material
from kyara.training.builtin.heads.scoring import average_precision, best_threshold, recall_precision
from kyara.training.builtin.heads.seeing import SAME_HEAD, found
from kyara.training.builtin.heads.training import Plan, State, train

COMMAND = "python -m kyara.training.builtin.heads --data ../shared/data --splits benchmarks/data/builtin --out WORK"


def main() -> None:
    """Train, choose the threshold, write both files, and print what came out as one JSON line."""
    options = _options()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    plan = replace(Plan(), **({"steps": options.steps} if options.steps else {}))
    learn, choose = illustrations(options.data, options.splits)
    state = train(plan, Material(learn, faces(options.data, options.splits)), options.out, Progress(plan.steps))
    figures = chosen(state, choose)
    write(state.average, options.out / "heads.onnx")
    written(options.out / "heads.toml", plan, figures)
    print(json.dumps(figures))


def chosen(state: State, choose: list[Picture]) -> dict[str, float]:
    """The threshold, and what it gives on the pictures it is chosen on."""
    seen = found(state.average, choose)
    threshold = best_threshold(seen)
    recall, precision = recall_precision(seen, threshold)
    figures = {"threshold": threshold, "recall": recall, "precision": precision, "ap50": average_precision(seen)}
    figures = {name: round(value, 4) for name, value in figures.items()}
    return figures | {"pictures": len(seen), "heads": sum(len(one.heads) for one in seen), "cpu_s": round(state.cpu_s)}


def written(path: Path, plan: Plan, figures: dict[str, float]) -> None:
    """The numbers a run needs, and where they come from."""
    lines = [
        "# Written by kyara.training.builtin.heads together with heads.onnx.",
        'input = "images"  # RGB in 0..1, (n, 3, h, w), sides multiples of 32',
        'output = "output0"  # (n, 5, cells): centre x, y, width, height in input pixels, score: YOLOv8\'s layout',
        f"side_px = {INPUT_PX}  # the longer side of the letterboxed picture",
        f"threshold = {figures['threshold']}",
        f"overlap = {SAME_HEAD}  # boxes that overlap a better one more are dropped",
        f"command = {json.dumps(COMMAND)}",
        "",
        "[training]",
        *(f"{name} = {json.dumps(value)}" for name, value in asdict(plan).items()),
        "",
        "[chosen_on]  # the share of the training illustrations that is not learned from",
        *(f"{name} = {json.dumps(value)}" for name, value in figures.items()),
    ]
    fresh = path.with_name(path.name + ".new")
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(fresh, path)


class Progress:
    """A line every half minute: step, mean loss since the last line, minutes left."""

    def __init__(self, steps: int) -> None:
        self.steps, self.began, self.told = steps, time.monotonic(), time.monotonic()
        self.losses: list[float] = []
        self.first: int | None = None

    def __call__(self, step: int, wrong: float) -> None:
        self.first = step if self.first is None else self.first
        self.losses.append(wrong)
        now = time.monotonic()
        if now - self.told < 30 and step + 1 < self.steps:
            return
        left = (now - self.began) / (step + 1 - self.first) * (self.steps - step - 1) / 60
        mean = sum(self.losses) / len(self.losses)
        print(f"step {step + 1}/{self.steps}  loss {mean:.3f}  {left:.0f} min left", flush=True)
        self.losses, self.told = [], now


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m kyara.training.builtin.heads", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the data packs")
    parser.add_argument("--splits", type=Path, default=Path("benchmarks/data/builtin"), help="what is held out")
    parser.add_argument("--out", type=Path, required=True, help="where the checkpoint and the results go")
    parser.add_argument("--steps", type=int, help="so many steps instead of the plan's, to try it")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    return parser.parse_args()


if __name__ == "__main__":
    main()
