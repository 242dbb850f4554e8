"""Which network is used: the hub's ONNX file, else one exported once, whole or not at all, that answers like torch."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from kyara.errors import MissingExtraError, MissingWeightsError, WeightsError
from kyara.extractors.language.export import HIDDEN, LOGITS, check, network_of
from kyara.weights import find
from kyara.weights.exported import exports_of

KINDS = {"encoder": ("encoder", HIDDEN), "bart": ("classifier", LOGITS), "bert": ("classifier", LOGITS)}


@pytest.fixture
def copied(text_hubs, tmp_path):
    """A copy of the hub of a kind."""

    def copied(kind):
        folder = tmp_path / "hub"
        shutil.copytree(text_hubs(kind).folder, folder)
        return find(str(folder))

    return copied


@pytest.mark.parametrize("kind", list(KINDS))
def test_it_answers_as_torch_does_whatever_the_size(kind, text_hubs, text_models) -> None:
    import onnxruntime
    import torch

    hub = text_hubs(kind)
    family, output = KINDS[kind]
    session = onnxruntime.InferenceSession(network_of(hub.weights, family, text_models))
    inputs = {one.name for one in session.get_inputs()}
    assert inputs == {"input_ids", "attention_mask", *(["token_type_ids"] if kind != "bart" else [])}
    rng = np.random.default_rng(0)
    for count, length in ((1, 3), (5, 20), (3, 97)):
        ids = rng.integers(5, len(hub.tokenizer), (count, length))
        ids[:, -1] = 2
        mask = np.ones_like(ids)
        if count > 1:
            ids[1, length - 3 :], mask[1, length - 3 :], ids[1, length - 4] = hub.tokenizer.pad_token_id, 0, 2
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        feeds = {name: feeds[name] for name in inputs}
        with torch.no_grad():
            given = hub.model(**{name: torch.from_numpy(feed) for name, feed in feeds.items()})
        expected, found = getattr(given, output).numpy(), session.run([output], feeds)[0]
        apart = np.abs(found - expected)[mask == 1 if family == "encoder" else ...].max()
        assert apart < 1e-5 * np.abs(expected).max()  # the last bits of float32 are those of the largest number


def test_it_is_exported_once_where_kyara_models_finds_it(copied, tmp_path) -> None:
    weights = copied("bart")
    path = network_of(weights, "classifier", tmp_path / "models")
    before = path.stat().st_mtime_ns
    assert network_of(weights, "classifier", tmp_path / "models") == path
    assert path.stat().st_mtime_ns == before
    assert exports_of(weights.name, tmp_path / "models") == [path.parent]


@pytest.mark.parametrize("place", ["onnx/model.onnx", "model.onnx"])
def test_the_hub_s_own_onnx_file_comes_first(place, copied, tmp_path) -> None:
    weights = copied("bert")
    (weights.folder / place).parent.mkdir(exist_ok=True)
    (weights.folder / place).touch()
    assert network_of(weights, "classifier", tmp_path / "none") == weights.folder / place
    assert not (tmp_path / "none").exists()


def test_without_networks_or_torch_the_way_out_is_named(copied, monkeypatch) -> None:
    weights = copied("bart")
    monkeypatch.setattr("kyara.extras.has", lambda package: False)
    with pytest.raises(MissingExtraError, match=r"kyara\[torch\]"):
        check(weights)
    (weights.folder / "model.safetensors").unlink()
    with pytest.raises(MissingWeightsError, match=r"holds no onnx/model\.onnx or model\.safetensors"):
        check(weights)


def test_a_file_that_lacks_tensors_is_no_model(copied, tmp_path) -> None:
    from safetensors.torch import load_file, save_file

    weights = copied("bart")
    path = weights.folder / "model.safetensors"
    tensors = load_file(path)
    save_file({name: one for name, one in tensors.items() if "classification_head" not in name}, path)
    with pytest.raises(WeightsError, match=r"lacks 4 of its tensors \(classification_head"):
        network_of(weights, "classifier", tmp_path / "models")
    path.write_bytes(b"nonsense")
    with pytest.raises(WeightsError, match=r"cannot be loaded: .*; fetch it again"):
        network_of(weights, "classifier", tmp_path / "models")
