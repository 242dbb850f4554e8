"""`python -m kyara.training.builtin.joining WHO OTHER --data PACKS --out WORK`: two trained networks as one faces.onnx.

Colours are what both say together (their logits added, temperatures set anew on the rows that trainings check by); the
embedding and its thresholds are those of WHO alone. Weights are kept in float16 and computed with in float32.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.utils import Extractor
from torch import Tensor

from kyara.errors import KyaraError
from kyara.results.atomic import write_atomically
from kyara.training.builtin.attributes import right
from kyara.training.builtin.augmentation import normalised
from kyara.training.builtin.calibration import calibration_error, temperature
from kyara.training.builtin.crops import SIDE_PX, Crops, faces
from kyara.training.builtin.export import INPUT, OUTPUTS, write_toml

COLOURS, EMBEDDING = OUTPUTS[:2], OUTPUTS[2]
COMMAND = "python -m kyara.training.builtin.joining WHO OTHER --data ../shared/data --out WORK"
HEADING = "Numbers of faces.onnx, written by kyara.training.builtin.joining; the card is faces.md."
LEAST_HALVED = 256  # numbers in a tensor: smaller ones save nothing
BATCH = 64


def joined(who: Path, other: Path, out: Path) -> None:
    """Write the one network to `out`: `pixel_values` → hair_color, eye_color (sums of logits), embedding (of `who`)."""
    first, second = _part(who, (*COLOURS, EMBEDDING), "first."), _part(other, COLOURS, "second.")
    sums = [helper.make_node("Add", [f"first.{name}", f"second.{name}"], [name]) for name in COLOURS]
    sums.append(helper.make_node("Identity", [f"first.{EMBEDDING}"], [EMBEDDING]))
    halves = list(_halved([*first.graph.initializer, *second.graph.initializer]))
    tensors, casts = [tensor for tensor, _ in halves], [cast for _, cast in halves if cast is not None]
    graph = helper.make_graph(
        [*casts, *first.graph.node, *second.graph.node, *sums], "faces", first.graph.input, first.graph.output, tensors
    )
    for output, name in zip(graph.output, (*COLOURS, EMBEDDING), strict=True):
        output.name = name
    model = helper.make_model(graph, opset_imports=first.opset_import, ir_version=first.ir_version)
    onnx.checker.check_model(model)
    write_atomically(out, lambda temporary: onnx.save(model, temporary))


def _part(path: Path, outputs: tuple[str, ...], prefix: str) -> Any:
    """What of the network makes `outputs`; every name but the input's begins with `prefix`."""
    part = Extractor(onnx.load(path)).extract_model([INPUT], list(outputs))
    for node in part.graph.node:
        node.name = prefix + node.name
        node.input[:] = [name if name in ("", INPUT) else prefix + name for name in node.input]
        node.output[:] = [prefix + name for name in node.output]
    for tensor in part.graph.initializer:
        tensor.name = prefix + tensor.name
    return part


def _halved(tensors: list[Any]) -> Iterator[tuple[Any, Any | None]]:
    """Each tensor, large ones in float16 with the node that makes them float32 again."""
    for tensor in tensors:
        numbers = numpy_helper.to_array(tensor)
        if numbers.dtype != np.float32 or numbers.size < LEAST_HALVED:
            yield tensor, None
            continue
        half = f"{tensor.name}.half"
        cast = helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT)
        yield numpy_helper.from_array(numbers.astype(np.float16), half), cast


def numbers_of(who: Path, network: Path, checks: Crops) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sections of faces.toml: those of `who`, with temperatures that suit what `network` says of `checks`."""
    table = tomllib.loads(who.with_suffix(".toml").read_text(encoding="utf-8"))
    answers = dict(zip(COLOURS, _asked(network, checks.pixels), strict=True))
    for section, values in table.items():
        plain = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        if section in answers:
            logits, labels = answers[section], checks.hair if section == COLOURS[0] else checks.eyes
            plain["temperature"] = divisor = temperature(logits, labels)
            error = calibration_error(logits / divisor, labels)
            print(f"{section}: right on {right(logits, labels):.3f}, temperature {divisor:.3f}, ECE {error:.3f}")
        yield section, plain | ({"command": COMMAND} if section == "training" else {})


def _asked(network: Path, pixels: Tensor) -> list[Tensor]:
    import onnxruntime

    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    parts = [
        session.run(list(COLOURS), {INPUT: normalised(some, SIDE_PX).numpy()}) for some in torch.split(pixels, BATCH)
    ]
    return [torch.from_numpy(np.concatenate(part)) for part in zip(*parts, strict=True)]


def main(arguments: list[str] | None = None) -> int:
    """Join, calibrate, write faces.onnx and faces.toml; 2 and one line where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m kyara.training.builtin.joining", description=__doc__)
    parser.add_argument("who", type=Path, help="faces.onnx whose embedding is kept; faces.toml lies beside it")
    parser.add_argument("other", type=Path, help="faces.onnx whose colours are heard beside")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data packs")
    parser.add_argument("--splits", type=Path, default=Path("benchmarks/data/builtin"))
    parser.add_argument("--out", type=Path, required=True, help="where faces.onnx and faces.toml go")
    options = parser.parse_args(arguments)
    try:
        checks = faces(options.data, options.splits)[1]
        options.out.mkdir(parents=True, exist_ok=True)
        network = options.out / "faces.onnx"
        joined(options.who, options.other, network)
        write_toml(dict(numbers_of(options.who, network, checks)), network.with_suffix(".toml"), HEADING)
    except (KyaraError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
