"""Scale and bias are the model's own, read out of its file without torch; chances follow from logits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kyara.errors import WeightsError
from kyara.extractors.clip.family import FAMILIES, family_of
from kyara.extractors.clip.logits import chances, scalars, temperature_of
from kyara.extractors.clip.prompts import Question
from kyara.weights import Weights

ONE_OF = Question("colour", ("red", "blue", "green"), (2, 0, 1), ())
MANY_OF = Question("things", ("hat", "scarf"), (0, 1), (2, 2))


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


def test_a_one_of_attribute_is_a_softmax_over_its_labels() -> None:
    found = chances(ONE_OF, np.array([1.0, 2.0, 3.0, 99.0], np.float32))
    total = math.exp(1) + math.exp(2) + math.exp(3)
    assert found == pytest.approx(
        {"red": math.exp(3) / total, "blue": math.exp(1) / total, "green": math.exp(2) / total}
    )


def test_a_many_of_label_is_judged_against_its_contrast_alone() -> None:
    found = chances(MANY_OF, np.array([5.0, 1.0, 3.0], np.float32))
    assert found == pytest.approx({"hat": 1 / (1 + math.exp(-2)), "scarf": 1 / (1 + math.exp(2))})


@pytest.mark.parametrize("question", [ONE_OF, MANY_OF])
def test_a_bias_cancels_out_and_large_logits_do_no_harm(question) -> None:
    logits = np.array([300.0, -300.0, 0.0], np.float32)
    found = chances(question, logits)
    assert found == pytest.approx(chances(question, logits - 10), abs=1e-9)
    assert all(0 <= p <= 1 for p in found.values())
