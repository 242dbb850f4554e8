"""From pooled probabilities to the answer: labels, confidence, abstention, scores and trail."""

from __future__ import annotations

import pytest

from kyara.fuse.answers import many_answer, one_answer
from kyara.fuse.pooling import Chances, Opinion, Question, averaged
from kyara.records import Value

NAMES = ("black", "brown", "blonde", "red")


def mean(question: Question) -> Chances:
    return averaged(question.opinions)


def one(*chances: float, named: tuple[str, ...] = NAMES, bar: float = 0.5) -> Value:
    question = Question(NAMES, (Opinion("clip", chances, frozenset(named)),))
    return one_answer("hair", question, mean, lambda ask, outcome: bar)


def many(bar: float = 0.5, **scores: float) -> Value:
    return many_answer("wear", [("clip", scores)], mean, lambda ask, outcome: bar)


def test_one_of_takes_the_most_probable_label() -> None:
    value = one(0.123456, 0.7, 0.1, 0.076544)
    assert value == Value(
        attribute="hair",
        labels=("brown",),
        confidence=0.7,
        decided=True,
        scores=(("brown", 0.7), ("black", 0.1235), ("blonde", 0.1), ("red", 0.0765)),
        carried_by=("clip",),
    )


def test_one_of_below_the_bar_abstains_with_its_guess() -> None:
    assert one(0.1, 0.49, 0.31, 0.1).decided is False
    assert one(0.1, 0.49, 0.31, 0.1).labels == ("brown",)
    assert one(0.1, 0.5, 0.3, 0.1).decided is True


def test_one_of_ties_go_by_name_among_the_named() -> None:
    assert one(0.1, 0.4, 0.4, 0.1).labels == ("blonde",)
    assert one(0.1, 0.4, 0.4, 0.1, named=("brown",)).labels == ("brown",)


def test_one_of_unsaid_labels_left_by_a_denial_are_no_answer() -> None:
    value = one(0.32, 0.32, 0.04, 0.32, named=("blonde",), bar=0.0)
    assert value == Value("hair", (), 0.32, False, (("blonde", 0.04),), ("clip",))


def test_one_of_the_last_label_left_is_an_answer() -> None:
    value = one(0.01, 0.01, 0.97, 0.01, named=("black", "brown", "red"))
    assert (value.labels, value.decided) == (("blonde",), True)
    assert value.scores[0] == ("blonde", 0.97)


def test_one_of_scores_leave_out_the_unsaid_and_the_negligible() -> None:
    assert one(0.9, 0.009, 0.02, 0.071, named=("black", "brown", "blonde")).scores == (("black", 0.9), ("blonde", 0.02))


def test_many_of_answers_all_that_reach_the_bar() -> None:
    value = many(hat=0.6, glasses=0.9, ribbon=0.3, bar=0.6)
    assert value.labels == ("glasses", "hat")
    assert value.confidence == 0.75  # the mean of what was answered
    assert value.decided
    assert value.scores == (("glasses", 0.9), ("hat", 0.6), ("ribbon", 0.3))


def test_many_of_below_the_bar_abstains_with_all_likely_labels() -> None:
    value = many(hat=0.6, glasses=0.7, ribbon=0.3, bar=0.8)
    assert (value.labels, value.confidence, value.decided) == (("glasses", "hat"), 0.65, False)


def test_many_of_a_low_bar_does_not_assert_what_is_unlikely() -> None:
    assert many(hat=0.9, glasses=0.3, ribbon=0.03, bar=0.0).labels == ("hat",)


def test_many_of_all_denied_is_the_empty_answer() -> None:
    value = many(hat=0.1, glasses=0.15)
    assert (value.labels, value.confidence, value.decided) == ((), 0.765, True)  # 0.9 * 0.85
    assert (value.carried_by, value.against) == (("clip",), ())
    assert many(hat=0.1, glasses=0.15, bar=0.77).decided is False
    assert many(hat=0.001).scores == (("hat", 0.001),)


def test_many_of_weak_is_not_denied() -> None:
    value = many(hat=0.4, glasses=0.03)
    assert (value.labels, value.confidence, value.decided) == (("hat",), 0.4, False)
    assert many(hat=0.4, glasses=0.03, bar=0.3).decided
    assert many(hat=0.2).labels == ("hat",)  # the least that tags say of a hat among a crowd


def test_many_of_nothing_named_abstains() -> None:
    assert many() == Value("wear", (), 0.0, False, (), ())


def test_many_of_scores_are_capped_but_never_lose_an_answer() -> None:
    assert len(many(**{f"l{i}": 0.2 + i / 100 for i in range(20)}).scores) == 8
    answered = many(**{f"l{i:02}": 0.9 for i in range(12)})
    assert len(answered.labels) == len(answered.scores) == 12


def test_many_of_trail() -> None:
    said = [
        ("builtin", {"glasses": 0.6}),
        ("clip", {"hat": 0.9, "glasses": 0.02}),
        ("tags", {"hat": 0.95}),
        ("text", {"hat": 0.1}),
    ]
    value = many_answer("wear", said, mean, lambda ask, outcome: 0.5)
    assert value.labels == ("hat",)
    assert value.scores == (("hat", 0.65), ("glasses", 0.31))
    assert value.carried_by == ("clip", "tags")
    assert value.against == ("builtin", "text")  # builtin for the glasses that lost, text against the hat that won


@pytest.mark.parametrize("low", [0.0, 0.3, 0.5, 0.7])
def test_each_label_must_reach_its_own_bar(low: float) -> None:
    said = [("a", {"hat": 0.8, "wings": 0.8})]
    value = many_answer("wear", said, mean, lambda ask, outcome: low if ask().outcomes[0] == "hat" else 0.9)
    assert value.labels == ("hat",)
