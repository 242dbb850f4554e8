"""The child's side of quantise.py: `python -m kyara.weights.in_nncf NETWORK FOLDER` quantises by NNCF, then compares.

Reads `FOLDER/rows/*.npz`; writes `network.xml`, `network.bin` and `agreement.json` into FOLDER.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from kyara.errors import KyaraError
from kyara.weights.on_openvino import core
from kyara.weights.quantise import AGREEMENT, NETWORK, Row
from kyara.weights.runtime import Runtime
from kyara.weights.session import Session, open_session

FEWEST_HELD_OUT, HELD_OUT = 4, 0.1  # the rest calibrates


def main(network: Path, folder: Path) -> None:
    """Quantise `network` on the rows in `folder`."""
    rows = sorted((folder / "rows").glob("*.npz"))
    held_out = _spread(rows, max(FEWEST_HELD_OUT, round(HELD_OUT * len(rows))))
    full = open_session(network, Runtime("openvino"))
    _quantise(network, [row for row in rows if row not in held_out], folder / NETWORK)
    int8 = open_session(folder / NETWORK, Runtime("openvino"))
    report = {"held_out": len(held_out), "agreement": _agreement(full, int8, [_row(path) for path in held_out])}
    (folder / AGREEMENT).write_bytes(orjson.dumps(report))


def _quantise(network: Path, rows: Sequence[Path], out: Path) -> None:
    cast("dict[str, Any]", sys.modules)["openvino_telemetry"] = None  # NNCF then sends nothing home
    import nncf
    import openvino

    model: Any = core().read_model(network)
    attends = sum(op.get_type_name() == "MatMul" for op in model.get_ops())
    convolves = sum(op.get_type_name() == "Convolution" for op in model.get_ops())
    quantised = nncf.quantize(
        model,
        nncf.Dataset(rows, _row),
        model_type=nncf.ModelType.TRANSFORMER if attends > convolves else None,
        subset_size=len(rows),
    )
    openvino.save_model(quantised, out, compress_to_fp16=False)


def _row(path: Path) -> Row:
    with np.load(path) as row:
        return dict(row)


def _spread(rows: Sequence[Path], count: int) -> list[Path]:
    """`count` of `rows`, evenly spread."""
    return [rows[(2 * i + 1) * len(rows) // (2 * count)] for i in range(count)]


def _agreement(full: Session, int8: Session, rows: Sequence[Row]) -> dict[str, float]:
    """Mean cosine of the two answers to each row, by output. The mean over rows is taken off first: embeddings share
    a large part that hides differences."""
    answers = [[session.run(row) for row in rows] for session in (full, int8)]
    return {name: _cosine(*(_centred([answer[name] for answer in some]) for some in answers)) for name in answers[0][0]}


def _centred(answers: Sequence[NDArray[np.generic]]) -> NDArray[np.float64]:
    flat = np.stack([answer.astype(np.float64).ravel() for answer in answers])
    centred: NDArray[np.float64] = flat - flat.mean(0)
    return centred


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    products = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(1) / np.where(products == 0, 1, products)).mean())


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except KyaraError as error:
        sys.exit(str(error))
