"""Scale and bias are the model's own, read out of its file without torch."""

from __future__ import annotations

import pytest

from kyara.errors import WeightsError
from kyara.extractors.clip.family import FAMILIES, family_of
from kyara.extractors.clip.logits import scalars, temperature_of
from kyara.weights import Weights


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_scale_and_bias_are_those_of_the_file(family, hubs) -> None:
    hub = hubs(family)
    found = temperature_of(hub.weights, family_of(hub.weights))
    assert found.scale == pytest.approx(hub.model.logit_scale.exp().item(), rel=1e-6)
    assert found.bias == pytest.approx(hub.model.logit_bias.item() if family == "siglip" else 0.0)


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_without_the_file_they_are_the_family_s(family, tmp_path) -> None:
    found = temperature_of(Weights("x", "local", tmp_path), FAMILIES[family])
    assert (found.scale, found.bias) == (FAMILIES[family].scale, FAMILIES[family].bias)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_a_number_of_any_type_is_read(dtype, tmp_path) -> None:
    import torch
    from safetensors.torch import save_file

    value = torch.tensor(4.6052, dtype=getattr(torch, dtype))
    save_file({"a": torch.ones(7), "logit_scale": value, "z": torch.ones(3)}, tmp_path / "model.safetensors")
    assert scalars(tmp_path / "model.safetensors", ("logit_scale", "absent")) == {"logit_scale": value.item()}


@pytest.mark.parametrize("data", [b"", b"not at all", b"\x02\0\0\0\0\0\0\0{", b"\x02\0\0\0\0\0\0\0[]"[:9] + b"x"])
def test_a_damaged_file_is_named(data, tmp_path) -> None:
    (tmp_path / "model.safetensors").write_bytes(data)
    with pytest.raises(WeightsError, match="not safetensors"):
        scalars(tmp_path / "model.safetensors", ("logit_scale",))
