"""Large ONNX networks in OpenVINO's own format, made once in the models folder: their weights then lie in memory once.

OpenVINO reads an ONNX file into memory, copies what it holds into its own constants, and packs these for the CPU. Its
own format is mapped, and what is packed is given back (on_openvino.py). The arithmetic, hence every answer and digest,
stays that of the ONNX file. `python -m kyara.weights.laid_out NETWORK FOLDER` is the child that makes it: reading takes
memory that is not given back.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kyara.errors import WeightsError
from kyara.weights.contents import content_of, files_of
from kyara.weights.made import in_child, leftovers, made_once
from kyara.weights.runtime import Runtime

LARGE = 100_000_000  # bytes; for less it is not worth the second file
RECIPE = 1  # part of the name: raise it where the file is made in another way
NETWORK = "network.xml"

log = logging.getLogger("kyara.progress")  # shown without -v: it takes longer than anybody waits in silence


def laid_out(network: Path, runtime: Runtime, folder: Path) -> Path:
    """What to load for `network`: the copy in OpenVINO's format, made now where it is worth one, else `network`."""
    if runtime.backend != "openvino" or network.suffix != ".onnx" or _size(network) < LARGE:
        return network
    home = _home(network, folder)
    try:
        if not home.is_dir():
            log.info("laying %s out for OpenVINO in %s: once, some seconds", network.name, home)
        return made_once(home, lambda making: _make(network, making)) / NETWORK
    except WeightsError as error:
        log.warning("%s; going on with %s, which takes twice the memory", error, network.name)
        return network


def laid_out_of(network: Path, folder: Path) -> Iterator[Path]:
    """The folder in `folder` that `laid_out` made of `network`, if it did; what a kill left, too."""
    home = _home(network, folder)
    yield from (path for path in (home, *leftovers(home)) if path.is_dir())


def _size(network: Path) -> int:
    return sum(file.stat().st_size for file in files_of(network))


def _home(network: Path, folder: Path) -> Path:
    return folder / "openvino" / f"{content_of(network, folder)[:32]}-{RECIPE}"


def _make(network: Path, making: Path) -> None:
    if said := in_child("kyara.weights.laid_out", network, making):
        raise WeightsError(f"{network.name} cannot be laid out for OpenVINO: {said}")


def _main(network: Path, making: Path) -> None:
    import openvino

    from kyara.weights.on_openvino import core

    model: Any = core().read_model(network)
    for product in [op for op in model.get_ops() if op.get_type_name() == "MatMul"]:
        _turn(product)
    model.validate_nodes_and_infer_types()
    openvino.save_model(model, making / NETWORK, compress_to_fp16=False)


def _turn(product: Any) -> None:
    """Weights (in, out) as (out, in), which is how the CPU packs them: from others it makes a copy first."""
    from openvino import opset13

    weights = product.input_value(1).get_node()
    turned = product.get_attributes()["transpose_b"]
    if weights.get_type_name() != "Constant" or turned or len(weights.data.shape) != 2:
        return
    laid = opset13.constant(np.ascontiguousarray(weights.data.T))
    anew = opset13.matmul(product.input_value(0), laid, product.get_attributes()["transpose_a"], True)
    anew.friendly_name = product.friendly_name
    product.output(0).replace(anew.output(0))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
