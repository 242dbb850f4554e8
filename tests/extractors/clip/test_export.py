"""Which networks are used: the hub's ONNX files, else ones exported once, whole or not at all."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from kyara.errors import MissingExtraError, MissingWeightsError, WeightsError
from kyara.extractors.clip.export import TEXT, VISION, check, towers
from kyara.extractors.clip.family import FAMILIES, family_of
from kyara.weights import find


def exported(hub, folder):
    return towers(hub.weights, family_of(hub.weights), folder)


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_both_towers_are_exported_once_with_the_hub_s_names(family, hubs, tmp_path) -> None:
    import onnx

    paths = exported(hubs(family), tmp_path)
    before = [path.stat().st_mtime_ns for path in paths]
    assert exported(hubs(family), tmp_path) == paths
    assert [path.stat().st_mtime_ns for path in paths] == before
    assert [path.name for path in paths] == [VISION, TEXT]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [paths[0].parent.name]
    outputs = [[output.name for output in onnx.load(path).graph.output] for path in paths]
    assert outputs == [[FAMILIES[family].image_output], [FAMILIES[family].text_output]]


def test_the_text_tower_takes_any_number_of_texts_of_any_length(hubs, models) -> None:
    import onnxruntime
    import torch

    hub = hubs("clip")
    session = onnxruntime.InferenceSession(exported(hub, models)[1])
    rng = np.random.default_rng(0)
    for count, length in ((1, 3), (4, 20), (2, 77)):
        ids = rng.integers(600, 1100, (count, length))
        ids[:, -1] = ids[0, length // 2] = hub.tokenizer.eos_token_id
        with torch.no_grad():
            expected = hub.model.get_text_features(input_ids=torch.from_numpy(ids)).pooler_output.numpy()
        assert np.abs(session.run(None, {"input_ids": ids})[0] - expected).max() < 1e-5


def test_an_export_gives_the_same_bytes_again(hubs, tmp_path) -> None:
    first, second = (exported(hubs("clip"), tmp_path / name) for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("place", ["onnx", "."])
def test_the_hub_s_own_onnx_files_come_first(place, hubs, models, tmp_path) -> None:
    folder = tmp_path / "hub"
    (folder / place).mkdir(parents=True)
    shutil.copy(hubs("clip").folder / "config.json", folder)
    for path in exported(hubs("clip"), models):
        shutil.copy(path, folder / place)
    weights = find(str(folder))
    assert towers(weights, family_of(weights), tmp_path / "none") == (folder / place / VISION, folder / place / TEXT)
    assert not (tmp_path / "none").exists()


def test_without_any_weights_it_says_what_is_missing(hubs, tmp_path) -> None:
    shutil.copy(hubs("clip").folder / "config.json", tmp_path)
    with pytest.raises(MissingWeightsError, match=r"onnx/vision_model\.onnx and onnx/text_model\.onnx or model\.safet"):
        check(find(str(tmp_path)))


def test_without_torch_it_says_what_to_install(hubs, monkeypatch) -> None:
    monkeypatch.setattr("kyara.extras.has", lambda module: module != "torch")
    monkeypatch.setitem(__import__("kyara.extras").extras.EXTRAS, "torch", "torch")
    with pytest.raises(MissingExtraError, match=r"exporting .* to ONNX needs torch.*kyara\[torch\]"):
        check(hubs("clip").weights)


@pytest.mark.parametrize(
    ("data", "said"), [(b"\x08\0\0\0\0\0\0\0{}      ", "lacks .* of its tensors"), (b"not at all", "cannot be loaded")]
)
def test_damaged_safetensors_are_named(data, said, hubs, tmp_path) -> None:
    shutil.copytree(hubs("clip").folder, tmp_path / "hub")
    (tmp_path / "hub" / "model.safetensors").write_bytes(data)
    weights = find(str(tmp_path / "hub"))
    with pytest.raises(WeightsError, match=f"{said}.*fetch it again"):
        towers(weights, FAMILIES["clip"], tmp_path / "models")
