"""Evidence as arrays: the same distributions and the same pooling as fuse.pooling, and nothing by neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.fuse.policy.opinions import Opinions
from kyara.fuse.pooling import spoken, weighted, whether, which
from kyara.records import Evidence
from kyara.vocabulary import load_vocabulary

HAIR = load_vocabulary()["hair_color"]
DRESS = load_vocabulary()["dress"]
WHO = ("a", "b", "c")


def random_scores(count: int, labels: int, one_of: bool) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    scores = draw.dirichlet(np.ones(labels), size=(count, len(WHO))) if one_of else draw.random((count, 3, labels))
    return scores, draw.random((count, len(WHO), labels)) < 0.4


def evidence(scores: np.ndarray, named: np.ndarray, attribute: str, labels: tuple[str, ...]) -> list[Evidence]:
    said = [{x: p for x, p, there in zip(labels, *of, strict=True) if there} for of in zip(scores, named, strict=True)]
    return [Evidence(who, "1", attribute, tuple(some.items())) for who, some in zip(WHO, said, strict=True) if some]


def test_one_of_is_completed_and_pooled_as_by_confidence() -> None:
    scores, named = random_scores(40, len(HAIR.labels), one_of=True)
    named[0], named[1, 1:], named[2, 0] = False, False, True
    opinions = Opinions.of(scores, named, one_of=True)
    pooled, _, _ = opinions.pooled(40, 3)
    for row in range(40):
        question = which(HAIR, spoken(HAIR, evidence(scores[row], named[row], "hair_color", HAIR.label_names)))
        chances = opinions.chances[opinions.rows == row]
        assert chances == pytest.approx(np.array([o.chances for o in question.opinions]).reshape(chances.shape))
        expected = max(weighted(question.opinions)) if question.opinions else 0.0
        assert pooled[row, 0] == pytest.approx(expected, abs=1e-3)  # one alone has the floor here too


def test_many_of_is_a_question_for_every_label_that_is_named() -> None:
    scores, named = random_scores(10, len(DRESS.labels), one_of=False)
    pooled, _, _ = Opinions.of(scores, named, one_of=False).pooled(10, 3)
    for row in range(10):
        said = spoken(DRESS, evidence(scores[row], named[row], "dress", DRESS.label_names))
        asked = [x for i, x in enumerate(DRESS.label_names) if named[row, :, i].any()]
        tops = [max(weighted(whether(label, said).opinions)) for label in asked]
        assert pooled[row, 0] == pytest.approx(np.mean(tops), abs=1e-3)


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [((0.9, 0.1), (0.9, 0.1), 0.0), ((1.0, 0.0), (0.0, 1.0), 1.0), ((0.75, 0.25), (0.5, 0.5), 0.25)],
)
def test_disagreement_is_the_mass_not_shared(first: tuple[float, ...], second: tuple[float, ...], apart: float) -> None:
    opinions = Opinions.of(np.array([[first, second]]), np.ones((1, 2, 2), np.bool_), one_of=True)
    together, agreement, met = opinions.pooled(1, 2)
    assert together[0, 1] == pytest.approx(apart)
    assert agreement[0] == pytest.approx([1 - apart] * 2)
    assert met.all()


def test_each_agrees_with_the_others_on_the_mean() -> None:
    """The first two are of one mind, the third of another."""
    scores = np.array([[[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.5, 0.5]]])
    named = np.ones_like(scores, np.bool_)
    named[0, 3] = False
    together, agreement, met = Opinions.of(scores, named, one_of=True).pooled(1, 4)
    assert agreement[0] == pytest.approx([0.6, 0.6, 0.2, 0.0])
    assert met[0].tolist() == [True, True, True, False]
    assert together[0, 1] == pytest.approx(1 - (1 + 0.2 + 0.2) / 3)


def test_who_answers_alone_disagrees_with_nobody() -> None:
    named = np.array([[[True, True], [False, False]]])
    opinions = Opinions.of(np.full((1, 2, 2), 0.5), named, one_of=True)
    together, agreement, met = opinions.pooled(1, 2)
    assert together[0].tolist() == [0.5, 0.0]
    assert not agreement.any()
    assert not met.any()


def test_sureness_of_what_is_known_and_of_ignorance() -> None:
    scores = np.array([[[1.0, 0.0, 0.0, 0.0]], [[0.25, 0.25, 0.25, 0.25]], [[0.7, 0.3, 0.0, 0.0]]])
    opinions = Opinions.of(scores, np.ones_like(scores, np.bool_), one_of=True)
    assert opinions.sureness[:, :2] == pytest.approx(np.array([[1, 1], [0.25, 0], [0.7, 0.4]]))
    assert opinions.sureness[:2, 2] == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize("one_of", [True, False])
def test_neighbours_change_no_bit(one_of: bool) -> None:
    scores, named = random_scores(33, 13, one_of)
    together = Opinions.of(scores, named, one_of)
    means, speaks = together.means_by_extractor(33, 3)
    for row in range(33):
        alone = Opinions.of(scores[[row]], named[[row]], one_of)
        for mine, ours in zip(alone.pooled(1, 3), together.pooled(33, 3), strict=True):
            assert (mine[0] == ours[row]).all()
        of_one, speak = alone.means_by_extractor(1, 3)
        assert (of_one[0] == means[row]).all()
        assert (speak[0] == speaks[row]).all()


def test_an_attribute_of_one_label_is_no_division_by_nothing() -> None:
    opinions = Opinions.of(np.ones((1, 1, 1)), np.ones((1, 1, 1), np.bool_), one_of=True)
    assert opinions.sureness.tolist() == [[1.0, 1.0, 0.0]]
    assert opinions.pooled(1, 1)[0].tolist() == [[1.0, 0.0]]
