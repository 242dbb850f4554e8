"""What is counted, and which sightings are held up for a second look."""

from __future__ import annotations

import pytest

from kyara.exports.survey import BINS, MOST_FINDINGS, Spread, Survey, contradiction
from kyara.records import Evidence, Reason, Sample, Scores, Sighting, Skip, Value


def evidence(extractor: str, scores: Scores) -> Evidence:
    return Evidence(extractor, "1", "hair_color", scores)


def value(labels: tuple[str, ...], confidence: float = 0.6, against: tuple[str, ...] = ("eyes",)) -> Value:
    return Value("hair_color", labels, confidence, confidence >= 0.5, (), ("tags",), against)


def sample(key: str, *sightings: Sighting, skip: Skip | None = None) -> Sample:
    return Sample(key, key, "", sightings=sightings, skip=skip)


@pytest.mark.parametrize(
    ("labels", "pro", "contra", "expected"),
    [
        (("red",), (("red", 0.9),), (("blue", 0.8),), 0.8),  # another label
        (("red",), (("red", 0.9),), (("red", 0.01),), 0.9),  # a denial: 0.98, so the support is the weaker one
        (("red",), (("red", 0.9),), (("red", 0.48),), 0.0),  # half-hearted agreement is no denial
        (("red",), (("red", 0.9),), (("brown", 0.5), ("blue", 0.4), ("red", 0.1)), 0.5),  # a spread denies nothing
        (("red",), (("red", 0.9),), (("blue", 0.15),), 0.0),  # nor is a faint guess
        ((), (("red", 0.1),), (("red", 0.7),), 0.7),  # "none of these" against somebody who saw it
        (("red",), (("red", 0.4),), (("blue", 0.9),), 0.4),
    ],
)
def test_contradiction_is_the_weaker_of_two_sides(
    labels: tuple[str, ...], pro: Scores, contra: Scores, expected: float
) -> None:
    given = [evidence("tags", pro), evidence("eyes", contra)]
    assert contradiction(value(labels), given) == pytest.approx(expected)


def test_no_contradiction_without_two_sides() -> None:
    assert contradiction(value(("red",), against=()), [evidence("tags", (("red", 0.9),))]) == 0


def test_counts() -> None:
    survey = Survey()
    survey.add(sample("a", Sighting(values=(value(("red",)),)), Sighting(values=(value(("red",), 0.3),)), Sighting()))
    survey.add(sample("b"))
    for i in range(5):
        survey.add(sample(f"s{i}", skip=Skip("open", Reason.EMPTY_FILE, "no bytes")))
    assert (survey.samples, survey.described, survey.skipped) == (7, 2, 5)
    assert (survey.sightings, survey.silent, survey.values, survey.decided) == (3, 1, 2, 1)
    spread = survey.spreads["hair_color"]
    assert (spread.decided, spread.undecided, spread.labels) == (1, 1, {"red": 1})
    assert [s.key for s in survey.skip_examples[Reason.EMPTY_FILE]] == ["s0", "s1", "s2"]


def test_the_most_doubtful_come_first_and_only_ten_are_kept() -> None:
    survey = Survey()
    for i in range(50):
        survey.add(sample(f"{i}", Sighting(values=(value(("red",), i / 50),))))
    assert [f.sample.key for f in survey.uncertain.ranked()] == [str(i) for i in range(MOST_FINDINGS)]
    assert survey.contradictory.ranked() == []


def test_a_sure_sighting_needs_no_second_look() -> None:
    survey = Survey()
    survey.add(sample("sure", Sighting(values=(value(("red",), 0.97),))))
    assert survey.uncertain.ranked() == []


def test_contradictory_findings_name_the_disputed_sighting_and_values() -> None:
    quarrel = Sighting(
        evidence=(evidence("tags", (("red", 0.9),)), evidence("eyes", (("blue", 0.8),))),
        values=(Value("age", ("teen",), 0.9, True, (), ("tags",)), value(("red",))),
    )
    survey = Survey()
    survey.add(sample("a", Sighting(), quarrel))
    (finding,) = survey.contradictory.ranked()
    assert (finding.number, [v.attribute for v in finding.values]) == (2, ["hair_color"])
    assert finding.sighting is quarrel


def test_a_spread_counts_confidence_in_steps() -> None:
    spread = Spread()
    for confidence, decided in ((0.0, False), (0.499, False), (0.5, True), (0.97, True), (1.0, True)):
        spread.add(Value("age", ("teen",), confidence, decided, (), ()))
    assert {place: count for place, count in enumerate(spread.sure) if count} == {10: 1, BINS - 1: 2}
    assert {place: count for place, count in enumerate(spread.unsure) if count} == {0: 1, 9: 1}
    assert spread.highest == 2
