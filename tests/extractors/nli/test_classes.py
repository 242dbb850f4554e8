"""Which logit means what, by the names of the model's own config."""

from __future__ import annotations

import json

import pytest

from kyara.errors import WeightsError
from kyara.extractors.nli.classes import Classes, classes_of
from kyara.weights import find


@pytest.fixture
def named(tmp_path):
    def named(**config):
        (tmp_path / "config.json").write_text(json.dumps(config))
        return find(str(tmp_path))

    return named


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["contradiction", "neutral", "entailment"], Classes(2, 0, 1)),
        (["ENTAILMENT", "NEUTRAL", "CONTRADICTION"], Classes(0, 2, 1)),
        (["entailment", "not_entailment"], Classes(0, 1, None)),
    ],
)
def test_by_name_whatever_the_order(labels, classes, named) -> None:
    assert classes_of(named(id2label=dict(enumerate(labels)))) == classes


@pytest.mark.parametrize("labels", [["LABEL_0", "LABEL_1", "LABEL_2"], ["positive", "negative"], ["entailment"]])
def test_a_model_of_something_else_is_refused(labels, named) -> None:
    with pytest.raises(WeightsError, match="entailment and contradiction are expected: take a model trained on"):
        classes_of(named(id2label=dict(enumerate(labels))))


def test_a_model_without_names_is_refused(named) -> None:
    with pytest.raises(WeightsError, match="labels without names found"):
        classes_of(named(model_type="bart"))
