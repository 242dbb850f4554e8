"""Shares of one answer: what competes, what includes, what mixes, and what is shared by several characters."""

from __future__ import annotations

import pytest

from kyara.extractors.tagger.weighing import weighed
from kyara.extractors.tags import TagsExtractor
from kyara.extractors.tags.facts import tag_facts
from kyara.flow import View
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()


def scores(attribute: str, count: int = 1, **said: float) -> dict[str, float]:
    return weighed(VOCABULARY[attribute], said, count, tag_facts().supersedes.get(attribute, {}))


@pytest.mark.parametrize("p", [0.35, 0.5, 0.95])
def test_a_label_alone_keeps_its_probability(p: float) -> None:
    assert scores("hair_color", blonde=p) == {"blonde": p}


def test_competing_labels_share_by_how_sure_they_are() -> None:
    assert scores("hair_color", blonde=0.9, brown=0.4) == {"blonde": 0.72, "brown": 0.22}
    assert scores("hair_color", blonde=1.0, brown=1.0) == {"blonde": 0.5, "brown": 0.5}
    assert sum(scores("hair_color", blonde=0.9, brown=0.9, red=0.9, blue=0.9).values()) == pytest.approx(
        1 - 0.1**4, abs=2e-4
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("attribute", ["hair_color", "eye_color", "hair_length", "gender"])
def test_scores_of_a_one_of_attribute_never_sum_above_one(attribute: str, seed: int) -> None:
    import random

    chance = random.Random(seed)
    said = {label: chance.random() for label in VOCABULARY[attribute].label_names}
    for count in (1, 2, 5):
        assert sum(scores(attribute, count, **said).values()) <= 1.001, "to the rounding of four decimals"
        assert min(scores(attribute, count, **said).values()) >= 0


def test_an_included_label_is_left_what_the_specific_one_is_not() -> None:
    assert scores("hair_length", very_long=0.4, long=0.9) == {"very_long": 0.4, "long": 0.5}
    assert scores("hair_length", very_long=0.9, long=0.9) == {"very_long": 0.9}
    assert scores("hair_length", very_long=0.9, long=0.5) == {"very_long": 0.9}


def test_a_mix_explains_the_colours_beside_it() -> None:
    sure = scores("hair_color", multicolored=0.95, blonde=0.95, pink=0.95)
    assert sure["multicolored"] == pytest.approx(0.81, abs=0.01)
    assert sure["blonde"] == sure["pink"] == pytest.approx(0.096, abs=0.01)
    doubtful = scores("hair_color", multicolored=0.35, blonde=0.95)
    assert doubtful["blonde"] > 2 * doubtful["multicolored"] * 0.95
    assert scores("hair_color", multicolored=0.8) == {"multicolored": 0.8}
    assert scores("eye_color", heterochromia=0.9, multicolored=0.9, blue=0.9)["heterochromia"] > 0.75


@pytest.mark.parametrize(
    ("tags", "attribute", "said"),
    [
        ("blonde_hair, brown_hair", "hair_color", ("blonde", "brown")),
        ("very_long_hair, long_hair", "hair_length", ("very_long", "long")),
        ("multicolored_hair, blonde_hair, pink_hair", "hair_color", ("multicolored", "blonde", "pink")),
        ("hat, glasses", "accessories", ("hat", "glasses")),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_sure_is_weighed_as_written_tags_are(
    tags: str, attribute: str, said: tuple[str, ...], count: int
) -> None:
    view = View(Sample("k", "i", "u", tags=tags, sightings=(Sighting(),) * count), 0)
    (evidence,) = TagsExtractor(VOCABULARY).read([view], [attribute])[0].evidence
    ours = scores(attribute, count, **dict.fromkeys(said, 0.95))
    assert ours == pytest.approx(dict(evidence.scores), abs=0.03)
