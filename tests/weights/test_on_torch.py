"""torch sessions against transformers itself, and rows that do not depend on their batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kyara.errors import WeightsError
from kyara.weights import Model, Runtime
from kyara.weights.on_torch import ROWS, TorchSession

TOWER = {
    "hidden_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 512,
    "image_size": 64,
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A whole CLIP in the hub's layout, text half and all, and the model it was saved from."""
    import torch
    import transformers

    torch.manual_seed(0)
    text = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "vocab_size": 99,
    }
    config = transformers.CLIPConfig(text_config=text, vision_config=TOWER | {"patch_size": 16}, projection_dim=64)
    model = transformers.CLIPModel(config).eval()
    folder = tmp_path_factory.mktemp("hub") / "clip"
    model.save_pretrained(folder)
    return folder, model


def pixels(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 3, 64, 64), np.float32)


def test_clip_answers_as_transformers_does(clip: tuple[Path, Any], capfd: pytest.CaptureFixture[str]) -> None:
    import torch

    folder, model = clip
    session = TorchSession(folder, Runtime("torch"))
    x = pixels(20)
    with torch.inference_mode():
        pooled = model.vision_model(pixel_values=torch.from_numpy(x)).pooler_output
        expected = model.visual_projection(pooled).numpy()
    assert session.inputs == {"pixel_values": (None, 3, 64, 64)}
    answer = session.run({"pixel_values": x})
    assert list(answer) == ["image_embeds"]
    assert np.abs(answer["image_embeds"] - expected).max() < 1e-4
    assert capfd.readouterr() == ("", "")  # nothing said of the text half that is not loaded


def test_siglip_too(tmp_path: Path) -> None:
    import torch
    import transformers

    model = transformers.SiglipVisionModel(transformers.SiglipVisionConfig(**TOWER, patch_size=16)).eval()
    model.save_pretrained(tmp_path)
    with torch.inference_mode():
        expected = model(pixel_values=torch.from_numpy(pixels(3))).pooler_output.numpy()
    answer = TorchSession(tmp_path, Runtime("torch")).run({"pixel_values": pixels(3)})
    assert np.abs(answer["pooler_output"] - expected).max() < 1e-4


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_a_row_is_answered_alike_in_any_batch(clip: tuple[Path, Any], precision: str) -> None:
    session = TorchSession(clip[0], Runtime("torch", precision=precision, threads=2))
    x = pixels(2 * ROWS["cpu"] + 1)
    together = session.run({"pixel_values": x})["image_embeds"]
    for size in (1, 2, 3, 8, 15, 16, 17, 32):
        assert np.array_equal(session.run({"pixel_values": x[:size]})["image_embeds"], together[:size])
    turned = session.run({"pixel_values": np.roll(x, 5, 0)})["image_embeds"]
    assert np.array_equal(np.roll(turned, -5, 0), together)


def test_it_runs_through_a_model(clip: tuple[Path, Any], tmp_path: Path) -> None:
    model = Model(clip[0], Runtime("torch", folder=tmp_path))
    assert model.run({"pixel_values": pixels(1)})["image_embeds"].shape == (1, 64)
    assert model.digest != Model(clip[0], Runtime("torch", precision="bf16", folder=tmp_path)).digest


def test_what_torch_cannot_run_is_an_error(clip: tuple[Path, Any], tmp_path: Path) -> None:
    import torch

    with pytest.raises(WeightsError, match="it runs folders"):
        TorchSession(tmp_path / "vision_model.onnx", Runtime("torch"))
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(WeightsError, match="model_type 'bert' found"):
        TorchSession(tmp_path, Runtime("torch"))
    with pytest.raises(WeightsError, match="precision f16 on torch's cpu"):
        TorchSession(clip[0], Runtime("torch", precision="f16"))
    with pytest.raises(WeightsError, match="device 'coreml' on torch"):
        TorchSession(clip[0], Runtime("torch", "coreml"))
    if not torch.cuda.is_available():
        with pytest.raises(WeightsError, match=r"device 'cuda:0' found; torch .* sees 0"):
            TorchSession(clip[0], Runtime("torch", "cuda:0"))
