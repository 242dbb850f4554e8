"""The trained network as files: ONNX for runs, safetensors in half precision for fine-tuning, TOML with every number.

Batch norms are folded into the convolutions by the exporter. Knows no data.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from kyara.results.atomic import write_atomically
from kyara.training.builtin.backbone import Faces

INPUT, OUTPUTS = "pixel_values", ("hair_color", "eye_color", "embedding")
Plain = str | int | float | tuple[str, ...] | tuple[float, ...] | tuple[int, ...]


def write_onnx(network: Faces, side_px: int, path: Path) -> None:
    """ONNX, opset 17, any number of crops: `pixel_values` (n, 3, side, side) → hair_color, eye_color, embedding."""
    network.eval()
    example = torch.zeros(2, 3, side_px, side_px)

    def write(temporary: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the older exporter is deprecated; it folds batch norms in seconds
            torch.onnx.export(
                network,
                (example,),
                str(temporary),
                input_names=[INPUT],
                output_names=list(OUTPUTS),
                dynamic_axes={name: {0: "faces"} for name in (INPUT, *OUTPUTS)},
                opset_version=17,
                dynamo=False,
            )

    write_atomically(path, write)


def write_safetensors(network: Faces, path: Path) -> None:
    """Weights in float16 under their names in `Faces`."""
    halves = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in network.state_dict().items()
    }
    write_atomically(path, lambda temporary: save_file(halves, temporary))


def write_toml(sections: Mapping[str, Mapping[str, Plain]], path: Path, heading: str) -> None:
    """Sections of plain values."""
    lines = [f"# {line}" for line in heading.splitlines()]
    for section, values in sections.items():
        lines += ["", f"[{section}]", *(f"{name} = {_plain(value)}" for name, value in values.items())]
    text = "\n".join(lines) + "\n"

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def _plain(value: Plain) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(one) for one in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{value:.6g}" if isinstance(value, float) else str(value)
