"""The files: ONNX answers as torch does, for any number of crops; safetensors and TOML can be read back."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.torch import load_file

from kyara.training.builtin.backbone import Faces, Shape
from kyara.training.builtin.export import write_onnx, write_safetensors, write_toml
from kyara.training.builtin.stem import TOY

SMALL = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)


def test_onnx_answers_as_torch_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Faces(SMALL)
    network(torch.rand(4, 3, 96, 96))  # so that the batch norms have something to fold
    write_onnx(network, 96, tmp_path / "n.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "n.onnx", providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_outputs()] == ["hair_color", "eye_color", "embedding"]
    for count in (1, 5):
        crops = torch.rand(count, 3, 96, 96)
        with torch.inference_mode():
            expected = network.eval()(crops)
        found = session.run(None, {"pixel_values": crops.numpy()})
        for one, other in zip(expected, found, strict=True):
            np.testing.assert_allclose(one.numpy(), other, atol=1e-4)


def test_safetensors_fill_the_network_again(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, again = Faces(SMALL).eval(), Faces(SMALL).eval()
    write_safetensors(network, tmp_path / "n.safetensors")
    again.load_state_dict(load_file(tmp_path / "n.safetensors"))
    crops = torch.rand(2, 3, 96, 96)
    with torch.inference_mode():
        torch.testing.assert_close(network(crops).embedding, again(crops).embedding, atol=5e-3, rtol=0)


def test_toml_comes_back(tmp_path: Path) -> None:
    parts = {"a": {"text": 'say "x"', "number": 3, "share": 0.12345678, "labels": ("red", "blue"), "mean": (0.5, 0.5)}}
    write_toml(parts, tmp_path / "n.toml", "One line.")
    back = tomllib.loads((tmp_path / "n.toml").read_text(encoding="utf-8"))
    assert back["a"]["text"] == 'say "x"'
    assert back["a"]["labels"] == ["red", "blue"]
    assert abs(back["a"]["share"] - 0.12345678) < 1e-6
