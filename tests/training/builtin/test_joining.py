"""Two networks as one file: colours of both, the embedding of the first, in half the bytes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from kyara.training.builtin.backbone import Faces, Shape
from kyara.training.builtin.crops import EYES, HAIR
from kyara.training.builtin.export import write_onnx, write_toml
from kyara.training.builtin.joining import joined, main
from kyara.training.builtin.stem import TOY

SMALL = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two networks of random weights, in folders of their own, with their numbers."""
    paths = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        network = Faces(SMALL)
        network(torch.rand(4, 3, 96, 96))
        path = tmp_path_factory.mktemp(f"network{seed}") / "faces.onnx"
        write_onnx(network, 96, path)
        write_toml(
            {
                "network": {"input": "pixel_values", "side_px": 96, "mean": (0.5, 0.5, 0.5)},
                "training": {"command": "faces", "seed": seed},
                "hair_color": {"labels": HAIR, "temperature": 7.0},
                "eye_color": {"labels": EYES, "temperature": 7.0},
                "same_character": {"far_1_percent": 0.5 + seed / 10},
            },
            path.with_suffix(".toml"),
            "toy",
        )
        paths.append(path)
    return paths[0], paths[1]


def asked(path: Path, crops: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"pixel_values": crops}), strict=True))


@pytest.mark.parametrize("count", [1, 5])
def test_colours_are_those_of_both_and_the_embedding_is_the_first_s(count, networks, tmp_path) -> None:
    joined(*networks, tmp_path / "faces.onnx")
    crops = np.random.default_rng(0).normal(size=(count, 3, 96, 96)).astype(np.float32)
    found, (one, other) = asked(tmp_path / "faces.onnx", crops), (asked(path, crops) for path in networks)
    assert list(found) == ["hair_color", "eye_color", "embedding"]
    for name in ("hair_color", "eye_color"):
        both = one[name] + other[name]
        assert np.abs(found[name] - both).max() < 0.01 * np.abs(both).max()
        assert np.abs(found[name] - 2 * one[name]).max() > 0.1 * np.abs(both).max()
    assert (found["embedding"] * one["embedding"]).sum(1).min() > 0.9999
    assert (found["embedding"] * other["embedding"]).sum(1).max() < 0.99


def test_weights_take_half_of_the_bytes(networks, tmp_path) -> None:
    joined(*networks, tmp_path / "faces.onnx")
    assert (tmp_path / "faces.onnx").stat().st_size < 0.75 * sum(path.stat().st_size for path in networks)


def test_the_command_sets_temperatures_anew_and_keeps_the_first_s_thresholds(toy, networks, tmp_path) -> None:
    command = [*map(str, networks), "--data", str(toy.data), "--splits", str(toy.splits), "--out", str(tmp_path)]
    assert main(command) == 0
    numbers = tomllib.loads((tmp_path / "faces.toml").read_text(encoding="utf-8"))
    assert numbers["same_character"]["far_1_percent"] == 0.5
    assert tuple(numbers["hair_color"]["labels"]) == HAIR
    assert numbers["hair_color"]["temperature"] != 7
    assert numbers["network"]["mean"] == [0.5, 0.5, 0.5]
    assert "joining" in numbers["training"]["command"]
    assert (tmp_path / "faces.onnx").is_file()


def test_what_is_not_there_is_one_line(toy, tmp_path, capsys) -> None:
    assert main(["a.onnx", "b.onnx", "--data", str(toy.data), "--splits", str(toy.splits), "--out", str(tmp_path)]) == 2
    assert "a.onnx" in capsys.readouterr().err
