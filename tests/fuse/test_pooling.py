"""Evidence into distributions, the three ways of pooling, and who stands on which side: examples worked by hand."""

from __future__ import annotations

from math import exp, log

import pytest

from kyara.fuse.pooling import (
    NOT,
    EvidenceError,
    Opinion,
    Question,
    averaged,
    checked,
    sides,
    spoken,
    strongest,
    weighted,
    whether,
    which,
)
from kyara.records import Evidence, Scores
from kyara.vocabulary import Attribute, Kind, Label


def attribute(kind: Kind, *labels: str) -> Attribute:
    return Attribute("hair", kind, "head", "hair", tuple(Label(name, ("a prompt",)) for name in labels))


HAIR = attribute("one-of", "black", "brown", "blonde", "red")
WEAR = attribute("many-of", "glasses", "hat", "ribbon")


def said(extractor: str, **scores: float) -> Evidence:
    return Evidence(extractor, "1", "hair", tuple(scores.items()))


def hair(*evidence: Evidence) -> Question:
    return which(HAIR, spoken(HAIR, evidence))


def wear(label: str, *evidence: Evidence) -> Question:
    return whether(label, spoken(WEAR, evidence))


def opinion(extractor: str, *chances: float) -> Opinion:
    return Opinion(extractor, chances, frozenset(HAIR.label_names))


def test_rest_is_spread_over_the_unsaid_labels() -> None:
    assert hair(said("tags", black=0.7)).opinions[0].chances == pytest.approx((0.7, 0.1, 0.1, 0.1))
    assert hair(said("tags", black=0.5, red=0.3)).opinions[0].chances == pytest.approx((0.5, 0.1, 0.1, 0.3))


def test_denial_leaves_the_others_equally_open() -> None:
    asked = hair(said("text", blonde=0.04))
    assert asked.opinions[0].chances == pytest.approx((0.32, 0.32, 0.04, 0.32))
    assert asked.named == {"blonde"}


def test_rest_is_doubt_over_all_where_all_labels_are_named() -> None:
    asked = hair(said("clip", black=0.4, brown=0.2, blonde=0.1, red=0.1))
    assert asked.opinions[0].chances == pytest.approx((0.45, 0.25, 0.15, 0.15))


def test_evidence_without_scores_is_ignorance() -> None:
    assert hair(said("mute")).opinions[0].chances == (0.25,) * 4
    assert wear("hat", said("mute")).opinions == ()


def test_many_of_asks_about_a_label_those_who_name_it() -> None:
    evidence = said("tags", hat=0.9), said("clip", hat=0.6, glasses=0.1)
    hat = wear("hat", *evidence)
    assert [(o.extractor, o.chances) for o in hat.opinions] == [("clip", (0.6, 0.4)), ("tags", (0.9, 1 - 0.9))]
    assert hat.outcomes == ("hat", NOT)
    assert [o.extractor for o in wear("glasses", *evidence).opinions] == ["clip"]


def test_slightly_more_than_one_is_rounding() -> None:
    chances = hair(said("clip", black=0.9004, red=0.1)).opinions[0].chances
    assert sum(chances) == pytest.approx(1.0)
    assert chances[1] == 0.0


@pytest.mark.parametrize(
    ("scores", "complaint"),
    [
        ((("black", float("nan")),), "black has score nan"),
        ((("black", 1.01),), "black has score 1.01"),
        ((("black", -0.01),), "black has score -0.01"),
        ((("black", float("inf")),), "black has score inf"),
        ((("mauve", 0.5),), "no label 'mauve'; choose from black, brown"),
        ((("black", 0.5), ("black", 0.4)), "names a label twice"),
        ((("black", 0.8), ("brown", 0.8)), "sum to 1.6"),
        ((("black", "much"),), "give a tuple of"),
        ({"black": 0.5}, "give a tuple of"),
        ([("black", 0.5)], "give a tuple of"),
        ((0.5, 0.5), "give a tuple of"),
    ],
)
def test_bad_evidence_is_refused_by_name(scores: Scores, complaint: str) -> None:
    with pytest.raises(EvidenceError, match=complaint) as caught:
        checked(HAIR, Evidence("my_package:Mine", "1", "hair", scores))
    assert "extractor 'my_package:Mine': hair" in str(caught.value)


def test_many_of_scores_need_not_sum_to_one() -> None:
    assert checked(WEAR, said("clip", hat=0.9, glasses=0.9)) == {"hat": 0.9, "glasses": 0.9}


def test_the_same_extractor_twice_is_refused() -> None:
    with pytest.raises(EvidenceError, match="'tags' gave hair twice"):
        spoken(HAIR, [said("tags", black=0.9), said("clip", black=0.9), said("tags", red=0.9)])


def test_averaged() -> None:
    pair = [opinion("a", 0.7, 0.1, 0.1, 0.1), opinion("b", 0.1, 0.5, 0.2, 0.2)]
    assert averaged(pair) == pytest.approx((0.4, 0.3, 0.15, 0.15))


def test_weighted_leaves_one_opinion_as_it_is() -> None:
    assert weighted([opinion("a", 1.0, 0.0, 0.0, 0.0)]) == (1.0, 0.0, 0.0, 0.0)


def test_weighted_leaves_agreement_as_it_is() -> None:
    same = [opinion(name, 0.7, 0.1, 0.1, 0.1) for name in "abc"]
    assert weighted(same) == pytest.approx((0.7, 0.1, 0.1, 0.1))


def test_weighted_ignorance_changes_nothing() -> None:
    sure, ignorant = opinion("a", 0.7, 0.1, 0.15, 0.05), opinion("b", *[0.25] * 4)
    assert weighted([sure, ignorant]) == pytest.approx(sure.chances)
    assert weighted([ignorant, ignorant]) == (0.25,) * 4


def test_weighted_equal_conflict_is_the_geometric_mean() -> None:
    # sqrt(0.7 * 0.1) = 0.264575 twice, 0.1 twice: sum 0.729150
    conflict = [opinion("a", 0.7, 0.1, 0.1, 0.1), opinion("b", 0.1, 0.7, 0.1, 0.1)]
    assert weighted(conflict) == pytest.approx((0.362854, 0.362854, 0.137146, 0.137146), abs=1e-6)


def test_weighted_by_hand() -> None:
    # 0.9: log-odds 2.1972, information ln 2 - 0.3251 = 0.3681; 0.6: 0.4055 and 0.0201.
    # (2.1972 + 0.4055) / (0.3882 / 0.3681) = 2.468, of which the logistic is 0.9219
    assert weighted([Opinion("a", (0.9, 0.1), frozenset("x")), Opinion("b", (0.6, 0.4), frozenset("x"))])[
        0
    ] == pytest.approx(0.9219, abs=2e-4)


def test_weighted_the_surer_wins_where_the_average_is_undecided() -> None:
    # the sure one is 0.94 against 0.02, the other puts brown first with less to say
    pair = [opinion("sure", 0.94, 0.02, 0.02, 0.02), opinion("unsure", 0.2, 0.6, 0.1, 0.1)]
    assert weighted(pair)[0] > averaged(pair)[0] + 0.1


def test_weighted_hears_a_denial() -> None:
    # clip 0.45 blonde, 0.40 brown; the text only denies blonde: 0.45 * 0.01 against 0.40 * 0.33, before the division
    asked = hair(said("clip", blonde=0.45, brown=0.40, black=0.10, red=0.05), said("text", blonde=0.01))
    pooled = dict(zip(asked.outcomes, weighted(asked.opinions), strict=True))
    assert pooled["blonde"] < 0.1 < 0.5 < pooled["brown"]


def test_weighted_nobodys_zero_is_a_veto() -> None:
    certain, two = opinion("a", 0.0, 1.0, 0.0, 0.0), [opinion("b", 0.97, 0.01, 0.01, 0.01)] * 4
    pooled = weighted([certain, *two])
    assert pooled[0] > pooled[1] > 0.0
    odds = (log(1e-4) + 4 * log(0.97)) - 4 * log(0.01)  # black to brown, before the division by about 5
    assert pooled[0] / pooled[1] < exp(odds)


def test_strongest_is_the_boldest_opinion_whole() -> None:
    asked = Question(HAIR.label_names, (opinion("a", 0.7, 0.1, 0.1, 0.1), opinion("b", 0.0, 0.2, 0.8, 0.0)))
    assert strongest(asked) == (0.0, 0.2, 0.8, 0.0)


def test_strongest_no_is_weaker_than_a_yes() -> None:
    asked = wear("hat", said("clip", hat=0.01), said("tags", hat=0.6))
    assert strongest(asked)[0] == 0.6


def test_sides() -> None:
    asked = hair(
        said("for", black=0.8),
        said("against", brown=0.8),
        said("split", black=0.45, red=0.45),
        said("denies", black=0.02),
        said("denies_another", red=0.02),
        said("ignorant", black=0.25),
    )
    assert sides(asked, "black") == ({"for", "split"}, {"against", "denies"})


def test_sides_of_yes_and_no() -> None:
    asked = wear("hat", said("clip", hat=0.01), said("tags", hat=0.6), said("text", hat=0.5))
    assert sides(asked, "hat") == ({"tags"}, {"clip"})
    assert sides(asked, NOT) == ({"clip"}, {"tags"})


def test_denying_all_but_one_is_to_speak_for_it() -> None:
    assert sides(hair(said("text", black=0.02, brown=0.02, blonde=0.02)), "red") == ({"text"}, set())
