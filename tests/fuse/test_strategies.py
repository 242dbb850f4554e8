"""The six strategies: examples worked by hand, and properties that hold for any evidence."""

from __future__ import annotations

import copy
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyara.errors import SettingsError
from kyara.flow import Kind
from kyara.fuse.strategies import STRATEGIES, Options, strategy_named
from kyara.records import Evidence, Value, ranked
from kyara.vocabulary import Attribute, Label

HAIR = Attribute("hair", "one-of", "head", "hair", tuple(Label(x, ("p",)) for x in ("black", "brown", "blonde", "red")))
SIDE = Attribute("side", "one-of", "head", "side", tuple(Label(x, ("p",)) for x in ("left", "right")))
WEAR = Attribute("wear", "many-of", "body", "wear", tuple(Label(x, ("p",)) for x in ("glasses", "hat", "ribbon")))
KINDS: dict[str, Kind] = {"tags": "tags", "text": "text", "clip": "pixels", "builtin": "pixels"}
ALL = tuple(STRATEGIES)


def said(extractor: str, **scores: float) -> Evidence:
    return Evidence(extractor, "1", "x", ranked(scores))


def fuse(name: str, attribute: Attribute, *evidence: Evidence, least: float = 0.5) -> Value:
    return STRATEGIES[name](attribute, evidence, Options(least, KINDS))


# Worked examples. Unsaid labels share what is left: tags black 0.7 means 0.1 for each of the other three.

TAGS, CLIP = said("tags", black=0.7), said("clip", brown=0.94)


def test_average_by_hand() -> None:
    value = fuse("average", HAIR, TAGS, CLIP)
    assert value.scores == (("brown", 0.52), ("black", 0.36))  # (0.1 + 0.94) / 2 and (0.7 + 0.02) / 2
    assert (value.labels, value.confidence, value.decided) == (("brown",), 0.52, True)
    assert (value.carried_by, value.against) == (("clip",), ("tags",))


def test_average_of_many_of_asks_only_those_who_name_the_label() -> None:
    value = fuse("average", WEAR, said("tags", hat=0.9), said("clip", hat=0.5, glasses=0.8))
    assert value.scores == (("glasses", 0.8), ("hat", 0.7))
    assert (value.labels, value.confidence) == (("glasses", "hat"), 0.75)


def test_confidence_weighted_by_hand() -> None:
    # information: tags ln 4 - 0.9404 = 0.4459, clip ln 4 - 0.2929 = 1.0934; effective number 1.5393 / 1.0934 = 1.4078
    # brown (ln 0.94 + ln 0.1) = -2.3645, black (ln 0.7 + ln 0.02) = -4.2687, others ln 0.02 + ln 0.1 = -6.2146; each
    # divided by 1.4078 and raised: 0.18645, 0.04822, twice 0.01210: sum 0.25887
    value = fuse("confidence-weighted", HAIR, TAGS, CLIP)
    assert value.labels == ("brown",)
    assert dict(value.scores) == pytest.approx({"brown": 0.7203, "black": 0.1863}, abs=3e-4)


def test_tag_priority_by_hand() -> None:
    value = fuse("tag-priority", HAIR, TAGS, CLIP)
    assert (value.labels, value.confidence) == (("black",), 0.7)
    assert (value.carried_by, value.against) == (("tags",), ("clip",))


def test_vision_priority_by_hand() -> None:
    assert fuse("vision-priority", HAIR, said("tags", black=0.99), said("clip", brown=0.66)).labels == ("brown",)
    assert fuse("vision-priority", HAIR, said("tags", black=0.99), said("clip", brown=0.66)).confidence == 0.66


def test_priority_passes_on_what_is_not_sure() -> None:
    unsure = said("tags", black=0.3)
    alone = fuse("confidence-weighted", HAIR, unsure, CLIP)
    assert fuse("tag-priority", HAIR, unsure, CLIP) == alone
    assert alone.labels == ("brown",)
    shared = said("tags", hat=0.6)  # one hat, two characters: the tag cannot say whose
    assert fuse("tag-priority", WEAR, shared, said("clip", hat=0.97)).labels == ("hat",)
    assert fuse("tag-priority", WEAR, shared, said("clip", hat=0.03)).labels == ()
    assert fuse("tag-priority", WEAR, said("tags", hat=0.35), said("clip", hat=0.97)).decided


def test_priority_asks_text_before_pixels_after_tags_and_unknown_kinds_last() -> None:
    text, mine = said("text", red=0.8), said("mine", blonde=0.99)
    assert fuse("tag-priority", HAIR, CLIP, text, mine).labels == ("red",)
    assert fuse("tag-priority", HAIR, CLIP, mine).labels == ("brown",)
    assert fuse("vision-priority", HAIR, text, TAGS, mine).labels == ("black",)
    assert fuse("vision-priority", HAIR, text, mine).labels == ("red",)


def test_priority_hears_the_denial_of_a_kind_that_favours_nothing() -> None:
    denial = said("tags", blonde=0.01)
    assert fuse("tag-priority", HAIR, denial, said("clip", blonde=0.5, brown=0.4)).labels == ("brown",)
    assert fuse("tag-priority", WEAR, said("tags", hat=0.03), said("clip", hat=0.9)).labels == ()


def test_conservative_answers_where_all_agree() -> None:
    value = fuse("conservative", HAIR, TAGS, said("clip", black=0.7))
    assert (value.labels, value.confidence, value.decided) == (("black",), 0.7, True)


def test_conservative_abstains_where_anyone_disagrees() -> None:
    agreed = [said("tags", black=0.99), said("text", black=0.99), said("builtin", black=0.99)]
    assert fuse("conservative", HAIR, *agreed).decided
    assert not fuse("conservative", HAIR, *agreed, said("clip", red=0.4)).decided
    assert not fuse("conservative", HAIR, *agreed, said("clip", black=0.1)).decided
    assert fuse("conservative", HAIR, *agreed, said("clip", red=0.1)).decided  # denies another: no disagreement


def test_conservative_wants_more_of_one_alone() -> None:
    assert not fuse("conservative", HAIR, said("tags", black=0.74)).decided
    assert fuse("conservative", HAIR, said("tags", black=0.75)).decided
    assert not fuse("conservative", HAIR, said("tags", black=0.75), least=0.6).decided  # 0.8 is wanted
    assert not fuse("conservative", HAIR, said("tags", black=0.74), said("text", red=0.02)).decided  # still alone


def test_conservative_keeps_the_agreed_labels_of_a_many_of() -> None:
    value = fuse("conservative", WEAR, said("tags", hat=0.9, glasses=0.9), said("clip", hat=0.8, glasses=0.1))
    assert (value.labels, value.decided) == (("hat",), True)
    assert not fuse("conservative", WEAR, said("tags", glasses=0.99), said("clip", glasses=0.1)).decided
    assert not fuse(
        "conservative", WEAR, said("tags", hat=0.501), said("clip", hat=0.02), said("text", hat=0.02)
    ).decided


def test_aggressive_takes_the_strongest_single_score() -> None:
    evidence = (said("tags", black=0.9), said("text", black=0.9), said("clip", red=0.91))
    value = fuse("aggressive", HAIR, *evidence)
    assert (value.labels, value.confidence, value.decided) == (("red",), 0.91, True)
    assert value.against == ("tags", "text")
    assert fuse("aggressive", WEAR, said("tags", hat=0.6), said("clip", hat=0.01)).labels == ("hat",)


@pytest.mark.parametrize("name", ALL)
def test_denial(name: str) -> None:
    open_ = fuse(name, HAIR, said("text", blonde=0.03))
    assert (open_.labels, open_.decided, open_.scores) == ((), False, (("blonde", 0.03),))
    either = fuse(name, SIDE, said("text", left=0.03))
    assert (either.labels, either.confidence, either.decided) == (("right",), 0.97, True)
    none = fuse(name, WEAR, said("text", glasses=0.03))
    assert (none.labels, none.confidence, none.decided) == ((), 0.97, True)


@pytest.mark.parametrize("name", ALL)
def test_one_extractor_alone_is_believed_as_it_is(name: str) -> None:
    value = fuse(name, HAIR, said("clip", black=0.8, red=0.15, brown=0.05))
    assert value == Value("hair", ("black",), 0.8, True, value.scores, ("clip",))
    assert value.scores == (("black", 0.8), ("red", 0.15), ("brown", 0.05))


# Properties.


def _one_of() -> st.SearchStrategy[dict[str, float]]:
    parts = st.dictionaries(st.sampled_from(HAIR.label_names), st.floats(0, 1), min_size=1)
    return st.tuples(parts, st.floats(0, 1)).map(
        lambda drawn: {k: v * drawn[1] / max(1.0, sum(drawn[0].values())) for k, v in drawn[0].items()}
    )


def _many_of() -> st.SearchStrategy[dict[str, float]]:
    return st.dictionaries(st.sampled_from(WEAR.label_names), st.floats(0, 1), min_size=1)


def _of(scores: st.SearchStrategy[dict[str, float]]) -> st.SearchStrategy[list[Evidence]]:
    by_extractor = st.dictionaries(st.sampled_from(["tags", "text", "clip", "builtin", "mine"]), scores, min_size=1)
    return by_extractor.map(lambda drawn: [said(who, **scores) for who, scores in drawn.items()])


cases = st.one_of(
    st.tuples(st.just(HAIR), _of(_one_of())),
    st.tuples(st.just(WEAR), _of(_many_of())),
)
names = st.sampled_from(ALL)
unhurried = settings(deadline=None)  # a loaded machine is no failure


@unhurried
@given(cases, names, st.floats(0, 1), st.randoms(use_true_random=False))
def test_pure_and_blind_to_the_order(
    case: tuple[Attribute, list[Evidence]], name: str, least: float, rng: Random
) -> None:
    attribute, evidence = case
    before = copy.deepcopy(evidence)
    value = fuse(name, attribute, *evidence, least=least)
    shuffled = rng.sample(evidence, len(evidence))
    assert fuse(name, attribute, *shuffled, least=least) == value
    assert evidence == before


@unhurried
@given(cases, names, st.floats(0, 1))
def test_a_value_is_well_formed(case: tuple[Attribute, list[Evidence]], name: str, least: float) -> None:
    attribute, evidence = case
    value = fuse(name, attribute, *evidence, least=least)
    assert 0.0 <= value.confidence <= 1.0
    assert all(0.0 <= p <= 1.0 and p == round(p, 4) for _, p in value.scores)
    assert value.scores == ranked(dict(value.scores))
    assert set(value.labels) <= {label for label, _ in value.scores} <= set(attribute.label_names)
    assert value.confidence >= least or not value.decided
    assert {*value.carried_by, *value.against} <= {item.extractor for item in evidence}
    if attribute.one_of:
        assert len(value.labels) <= 1
        assert value.labels or not value.decided
        assert not {*value.carried_by} & {*value.against}


@unhurried
@given(cases, names, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_bar_never_decides_more(
    case: tuple[Attribute, list[Evidence]], name: str, one: float, other: float
) -> None:
    attribute, evidence = case
    low, high = (fuse(name, attribute, *evidence, least=least) for least in sorted((one, other)))
    assert low.decided or not high.decided
    if low.decided and high.decided:
        assert set(high.labels) <= set(low.labels)
    if attribute.one_of:
        assert high.labels == low.labels


@unhurried
@given(st.lists(st.floats(0.35, 1.0), min_size=1, max_size=5), names, st.floats(0, 1))
def test_a_unanimous_label_wins(chances: list[float], name: str, least: float) -> None:
    speakers = ["tags", "text", "clip", "builtin", "mine"]
    value = fuse(name, HAIR, *[said(w, red=p) for w, p in zip(speakers, chances, strict=False)], least=least)
    assert value.labels == ("red",)
    assert value.carried_by == tuple(sorted(speakers[: len(chances)]))
    worn = fuse(name, WEAR, *[said(w, hat=0.3 + 0.7 * p) for w, p in zip(speakers, chances, strict=False)], least=least)
    assert worn.labels == ("hat",)


@unhurried
@given(st.lists(st.floats(0.5, 1.0), min_size=1, max_size=4), st.floats(0.5, 1.0))
def test_agreement_never_takes_an_average_below_the_bar(chances: list[float], more: float) -> None:
    evidence = [said(w, red=p) for w, p in zip(("tags", "text", "clip", "builtin"), chances, strict=False)]
    assert fuse("average", HAIR, *evidence).decided
    assert fuse("average", HAIR, *evidence, said("mine", red=more)).decided


@unhurried
@given(_of(_one_of()), st.floats(0.65, 1.0))
def test_a_sure_tag_or_picture_is_final_under_its_priority(others: list[Evidence], sure: float) -> None:
    for name, first in (("tag-priority", "tags"), ("vision-priority", "clip")):
        rest = [item for item in others if KINDS.get(item.extractor) != KINDS[first]]
        value = fuse(name, HAIR, *rest, said(first, blonde=sure))
        assert (value.labels, value.confidence) == (("blonde",), round(sure, 4))


@unhurried
@given(_of(_one_of()))
def test_aggressive_is_as_bold_as_the_boldest(evidence: list[Evidence]) -> None:
    top = max(fuse("aggressive", HAIR, item).confidence for item in evidence)
    assert fuse("aggressive", HAIR, *evidence).confidence == top


def test_an_unknown_strategy_names_the_nearest_and_all_six() -> None:
    with pytest.raises(SettingsError, match="did you mean 'average'") as caught:
        strategy_named("averge")
    assert all(name in str(caught.value) for name in ALL)
    with pytest.raises(SettingsError, match="'zzz' is unknown; choose one of average"):
        strategy_named("zzz")


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_min_confidence_is_a_probability(wrong: float) -> None:
    with pytest.raises(SettingsError, match="number from 0 to 1"):
        Options(min_confidence=wrong)
