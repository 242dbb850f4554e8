"""config.json says which family a model is of; what is no CLIP is refused before anything is loaded."""

from __future__ import annotations

import json

import pytest

from kyara.errors import WeightsError
from kyara.extractors.clip.family import FAMILIES, family_of
from kyara.weights import Weights, find


def written(folder, config: object) -> Weights:
    (folder / "config.json").write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")
    return find(str(folder))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_family_is_that_of_the_model_type(name, tmp_path) -> None:
    assert family_of(written(tmp_path, {"model_type": name})) == FAMILIES[name]


def test_a_text_is_as_long_as_the_model_says(tmp_path) -> None:
    config = {"model_type": "siglip", "text_config": {"max_position_embeddings": 16}}
    assert family_of(written(tmp_path, config)).context == 16


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "vit"}, "'vit' found; a model of type clip or siglip"),
        ({"model_type": "siglip2"}, "fixed resolution, not naflex"),
        ({}, "None found"),
        ("[]", "list found"),
        ("{", "not JSON"),
    ],
)
def test_anything_else_is_refused(config, said, tmp_path) -> None:
    with pytest.raises(WeightsError, match=said):
        family_of(written(tmp_path, config))
