"""The table that turns the names a user gives into ready detectors.

`auto` is every kind of network that is on this machine, and for drawn heads, where none is, the one that comes with the
package; `name=…` takes a file, a folder, a hub id or another model of the same repository; `package.module:Class` is
anyone's own. It knows no geometry.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rapidfuzz import process

from kyara.detect import builtin
from kyara.detect.detector import AS_FOUND, Margins, NetworkDetector, Recipe
from kyara.detect.yolo import yolo
from kyara.detect.yunet import yunet
from kyara.errors import MissingWeightsError, SettingsError
from kyara.flow import Detector
from kyara.weights import Model, Runtime, find, is_here

# How far a head reaches beyond YuNet's box of its face. Three short-haired people in 24 labelled frames: 0.28 of its
# height above, 0.07 to 0.17 of its width aside. 94 drawn heads (medians; pseudo-labels of illustrations_boxes):
# 0.39 above, 0.35 on either side, 0.05 below. In between for the sides. Of anime-face's boxes nothing was measured.
AROUND_A_FACE = Margins(sides=0.3, top=0.4, bottom=0.05)


@dataclass(frozen=True, slots=True)
class Network:
    """A published network: its repository, its file in there (of `files` the first that is there) and its reading."""

    part: Literal["head", "body"]
    repository: str
    files: tuple[str, ...]
    recipe: Recipe
    threshold: float
    margins: Margins = AS_FOUND


# Thresholds and overlaps of deepghs are those of dghs-imgutils' detect_heads, detect_faces and detect_person.
NETWORKS = {
    "anime-head": Network("head", "deepghs/anime_head_detection", ("head_detect_v2.0_s/model.onnx",), yolo(0.7), 0.4),
    "anime-face": Network(
        "head", "deepghs/anime_face_detection", ("face_detect_v1.4_s/model.onnx",), yolo(0.7), 0.25, AROUND_A_FACE
    ),
    "anime-person": Network(
        "body", "deepghs/anime_person_detection", ("person_detect_v1.3_s/model.onnx",), yolo(0.5), 0.3
    ),
    "photo-face": Network(
        "head",
        "opencv/face_detection_yunet",
        ("face_detection_yunet_2026may.onnx", "face_detection_yunet_2023mar.onnx"),
        yunet(),
        0.6,
        AROUND_A_FACE,
    ),
}
# The first of each that is here; without any of the first kind the package's own.
AUTO = (("anime-head", "anime-face"), ("anime-person",), ("photo-face",))
_CONTRACT: dict[str, Callable[[Any], bool]] = {
    "name": lambda name: isinstance(name, str) and name != "",
    "version": lambda version: isinstance(version, str) and version != "",
    "look_version": lambda version: isinstance(version, str) and version != "",
    "inputs": lambda inputs: isinstance(inputs, Set) and set() < inputs <= {"pixels", "tags", "text"},
    "batch_size": lambda size: isinstance(size, int) and size >= 1,
    "look": callable,
    "detections": callable,
}


def asked_detectors(names: Sequence[str], records: Path | None = None) -> tuple[tuple[str, ...], dict[str, str]]:
    """The names that `names` come to, and what `auto` goes without, with the command that fetches it.

    `records` is the folder of `kyara models`.
    """
    asked: list[str] = []
    missing: dict[str, str] = {}
    for name in names:
        if name != "auto":
            asked += [name] if name != "none" else []
            continue
        for kinds in AUTO:
            here = [kind for kind in kinds if is_here(NETWORKS[kind].repository, folder=records)]
            asked += here[:1]
            if not here:
                asked += [builtin.NAME] if kinds == AUTO[0] else []
                missing[kinds[0]] = f"kyara models pull {NETWORKS[kinds[0]].repository}"
    return tuple(dict.fromkeys(asked)), missing


def build_detectors(names: Sequence[str], runtime: Runtime, records: Path | None = None) -> tuple[Detector, ...]:
    """The detectors for `names` (`asked_detectors`), in that order.

    Raises SettingsError for a name that is unknown or comes twice, MissingWeightsError for weights that are not here.
    """
    built = [_anyones(n) if ":" in n and "=" not in n else _ours(n, runtime, records) for n in names]
    called = [detector.name for detector in built]
    if twice := {name for name in called if called.count(name) > 1}:
        raise SettingsError(f"detector {min(twice)!r} is asked for twice; name it once")
    return tuple(built)


def _ours(spec: str, runtime: Runtime, records: Path | None) -> Detector:
    name, _, where = spec.partition("=")
    if spec == builtin.NAME:
        return builtin.builtin_heads(runtime)
    if name not in NETWORKS:
        known = (*NETWORKS, builtin.NAME)
        near = process.extractOne(name, known, score_cutoff=60)
        hint = f"did you mean {near[0]!r}?" if near else f"choose of {', '.join(known)}, auto, none, or module:Class"
        raise SettingsError(f"detector {name!r} is unknown; {hint}")
    one = NETWORKS[name]
    model = Model(_file(one, where, records), runtime.full)  # int8 was never tried on boxes
    return NetworkDetector(name, one.part, model, one.recipe, one.threshold, one.margins)


def _file(network: Network, where: str, records: Path | None) -> Path:
    """The ONNX file meant by `where`: a file, a folder, a hub id, or the name of a model in the own repository."""
    path = Path(where).expanduser()
    if where.endswith(".onnx"):
        if not path.is_file():
            raise MissingWeightsError(f"there is no file {where}; give the path of an ONNX file that is there")
        return path
    if not where or path.is_dir() or "/" in where:
        weights = find(str(path) if where else network.repository, folder=records)
        return weights.file(*network.files, "model.onnx")
    return find(network.repository, folder=records).file(f"{where}/model.onnx")


def _anyones(spec: str) -> Detector:
    module_name, _, class_name = spec.partition(":")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)  # as `python -m` has it: one's own module lies in the working folder
    try:
        detector: Any = getattr(importlib.import_module(module_name), class_name)()
    except ImportError as error:
        raise SettingsError(f"detector {spec!r}: cannot import it: {error}; check name and folder") from error
    except Exception as error:
        raise SettingsError(f"detector {spec!r} cannot be made: {type(error).__name__}: {error}") from error
    for part, good in _CONTRACT.items():
        if not good(found := getattr(detector, part, None)):
            raise SettingsError(f"detector {spec!r}: {part} {found!r} found; flow.Detector has the contract")
    ready: Detector = detector
    return ready
