"""The network: shapes, LoRA's names, independence of batch neighbours."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch

from kyara.training.builtin.backbone import Faces, Shape
from kyara.training.builtin.stem import TOY

SMALL = Shape(TOY, 20, layers=2, heads=5, mlp=20, embedding=16)


@pytest.fixture(scope="module")
def network() -> Faces:
    torch.manual_seed(0)
    return Faces(SMALL).eval()


def test_answers(network: Faces) -> None:
    with torch.inference_mode():
        answer = network(torch.rand(3, 3, 96, 96))
    assert answer.hair.shape == (3, 12)
    assert answer.eyes.shape == (3, 11)
    assert answer.embedding.shape == (3, 16)
    torch.testing.assert_close(answer.embedding.norm(dim=1), torch.ones(3))


def test_lora_finds_the_names_it_knows_from_clip(network: Faces) -> None:
    layers = {
        name.rpartition(".")[2] for name, module in network.named_modules() if isinstance(module, torch.nn.Linear)
    }
    assert {"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"} <= layers


def test_a_crop_is_answered_alike_in_any_company(network: Faces) -> None:
    crops = torch.rand(5, 3, 96, 96)
    with torch.inference_mode():
        alone, together = network(crops[:1]), network(crops)
    for one, among in zip(alone, together, strict=True):
        torch.testing.assert_close(one, among[:1])


def test_smaller_crops_find_their_places(network: Faces) -> None:
    with torch.inference_mode():
        assert network(torch.rand(2, 3, 64, 64)).embedding.shape == (2, 16)


def test_places_matter(network: Faces) -> None:
    crop = torch.rand(1, 3, 96, 96)
    placeless = deepcopy(network)
    with torch.inference_mode():
        placeless.places.zero_()
        assert not torch.allclose(network(crop).hair, placeless(crop).hair, atol=1e-4)


def test_the_shipped_size_is_near_a_million_weights() -> None:
    assert 0.8e6 < sum(p.numel() for p in Faces(Shape()).parameters()) < 2e6
