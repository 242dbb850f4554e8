"""The head detector that comes with the package: a small network in YOLOv8's layout, its numbers in heads.toml.

What it was trained on, what it finds and what it misses is told by its card, `builtin/heads.md`.
"""

from __future__ import annotations

import tomllib

from kyara.detect.detector import NetworkDetector
from kyara.detect.yolo import yolo
from kyara.weights import BUILTIN, Model, Runtime, find

NAME = "builtin-head"


def builtin_heads(runtime: Runtime) -> NetworkDetector:
    """The detector, its network not loaded yet. Raises MissingWeightsError where a file is missing."""
    weights = find(BUILTIN)
    table = tomllib.loads(weights.file("heads.toml").read_text(encoding="utf-8"))
    recipe = yolo(float(table["overlap"]), (int(table["side_px"]),))
    return NetworkDetector(NAME, "head", Model(weights.file("heads.onnx"), runtime.full), recipe, table["threshold"])
