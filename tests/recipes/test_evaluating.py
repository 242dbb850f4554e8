"""Everybody judged on the same evidence: from examples made by hand, and from the drawn cast end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from kyara.demo.cast import pictures
from kyara.demo.files import write_picture
from kyara.errors import SettingsError, SourceError
from kyara.evaluation.labels import Labels
from kyara.evaluation.table import ALL, Cost
from kyara.fuse import STRATEGIES, Fuser
from kyara.fuse.examples import UNKNOWN, About, Example
from kyara.fuse.learned.fitting import fit
from kyara.recipes.evaluating import Gathered, Judge, Plan, Wanted, evaluate, gather, judged, judges_of
from kyara.recipes.labelled import Labelled
from kyara.recipes.run import prepare
from kyara.recipes.timing import Price
from kyara.records import Evidence, Value
from kyara.settings import load_settings
from kyara.sources import open_source
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
COLOURS = ("pink", "blue", "black", "green")
KINDS = {"tags": "tags", "eyes": "pixels"}


def example(key: str, truth: str, **said: tuple[str, float]) -> Example:
    evidence = tuple(Evidence(who, "v", "hair_color", (one,)) for who, one in said.items())
    return Example(key, evidence, About(tags=3), {"hair_color": (truth,)})


def examples(n: int = 200, seed: int = 0) -> list[Example]:
    """Tags that are right nine times in ten but missing in four, eyes that are right six times in ten."""
    random = np.random.default_rng(seed)
    made = []
    for i in range(n):
        truth = COLOURS[random.integers(4)]
        tags = truth if random.random() < 0.9 else COLOURS[random.integers(4)]
        eyes = truth if random.random() < 0.6 else COLOURS[random.integers(4)]
        said = {"eyes": (eyes, 0.6)} | ({"tags": (tags, 0.9)} if random.random() < 0.6 else {})
        made.append(example(f"sample {i}", truth, **said))
    return made


def scores(judges: dict[str, Judge], given: Sequence[Example], metric: str = "accuracy") -> dict[str, float]:
    table = judged(given, judges, VOCABULARY, Plan(bootstrap=0)).table
    return {row.name: row.cells[ALL].scores[metric].value for row in table.rows}


def test_extractors_alone_and_fusions_are_judged_by_what_they_say() -> None:
    given = examples()
    fuser = Fuser(VOCABULARY, kinds=KINDS)
    costs = {"tags": Cost(1.0, 0.001), "eyes": Cost(1.0, 0.5)}
    judges = judges_of(fuser, costs, list(STRATEGIES))
    found = scores(judges, given)
    assert list(found) == ["tags", "eyes", *STRATEGIES]
    truth = [one.truth["hair_color"][0] for one in given]
    said = [{item.extractor: item.scores[0][0] for item in one.evidence} for one in given]
    for name in KINDS:
        assert found[name] == pytest.approx(np.mean([s.get(name) == t for s, t in zip(said, truth, strict=True)]))
    assert found["tag-priority"] == pytest.approx(
        np.mean([s.get("tags", s["eyes"]) == t for s, t in zip(said, truth, strict=True)])
    )
    assert judges["eyes"].cost == Cost(1.0, 0.5)
    assert judges["average"].cost == Cost(2.0, 0.501)
    assert scores(judges, given, "coverage")["tags"] == pytest.approx(np.mean(["tags" in s for s in said]))


def test_anybody_can_be_judged() -> None:
    """What benchmarks do: a name, a function of an example, and what it costs."""
    given = examples(40)
    oracle = Judge(lambda one: (Value("hair_color", one.truth["hair_color"], 1.0, True, (), ()),), Cost(0.0, 0.0))
    mute = Judge(lambda one: ())
    found = judged(given, {"oracle": oracle, "mute": mute}, VOCABULARY, Plan(bootstrap=50))
    cells = {row.name: row.cells[ALL].scores for row in found.table.rows}
    assert (cells["oracle"]["accuracy"].value, cells["oracle"]["ece"].value, cells["oracle"]["aurc"].value) == (1, 0, 0)
    assert (cells["mute"]["coverage"].value, cells["mute"]["aurc"].value, cells["mute"]["ece"].value) == (0, 1, None)
    assert cells["oracle"]["accuracy"].low == 1.0
    pair = found.compare("oracle", "mute")["hair_color"]
    assert (pair.only_a, pair.only_b, pair.p) == (40, 0, pytest.approx(2 * 0.5**40))
    with pytest.raises(SettingsError, match="'oracel' was not judged; choose two of oracle, mute"):
        found.compare("oracel", "mute")


def test_examples_of_one_key_are_one_sample() -> None:
    given = [replace(one, key="the same") for one in examples(30)]
    found = judged(given, judges_of(Fuser(VOCABULARY, kinds=KINDS), {}, ["average"]), VOCABULARY, Plan(bootstrap=20))
    score = found.table["average"].cells[ALL].scores["accuracy"]
    assert found.table.samples == 1
    assert score.low == score.value == score.high, "one sample drawn once is always the same"


def test_truths_of_another_kind_do_not_mix() -> None:
    given = [*examples(5), Example("x", (), UNKNOWN, {"age": ("teen",)})]
    found = judged(given, {"mute": Judge(lambda one: ())}, VOCABULARY, Plan(bootstrap=0)).table
    assert found.attributes == ("age", "hair_color"), "in the order of the vocabulary"
    assert [found["mute"].cells[name].labelled for name in (ALL, *found.attributes)] == [6, 1, 5]


def test_nothing_labelled_is_an_error() -> None:
    with pytest.raises(SourceError, match="none of 1 examples has a true label"):
        judged([Example("x", (), UNKNOWN, {})], {}, VOCABULARY)


FUSER = Fuser(VOCABULARY, min_confidence=0.3, kinds=KINDS)


def gathered(given: Sequence[Example], fuser: Fuser | None = None) -> Gathered:
    labelled = Labelled(tuple(given), {}, 0, {}, 0)
    prices = {name: Price(len(given), 0, 0, 0.5) for name in KINDS}
    return Gathered(labelled, prices, len(given), fuser or FUSER)


def test_learned_fusion_is_judged_where_there_is_one() -> None:
    fuser = replace(FUSER, learned=fit(examples(600, seed=1), VOCABULARY))
    found = evaluate(gathered(examples(), fuser), Wanted(pair=("pooling", "average"), plan=Plan(bootstrap=50)))
    table = found.judged.table
    assert [row.name for row in table.rows] == ["tags", "eyes", *STRATEGIES, "pooling", "stacking", "auto"]
    assert {row.kind for row in table.rows[-3:]} == {"learned"}
    assert table["pooling"].cost == Cost(2.0, 1.0)
    aurc = {row.name: row.cells[ALL].scores["aurc"].value for row in table.rows}
    assert aurc["pooling"] < aurc["average"], "it knows who errs more"
    assert set(found.comparisons) == {ALL, "hair_color"}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(fusions=("avrage",)), "'avrage' cannot be judged: it is unknown; choose from average"),
        (Wanted(fusions=("pooling",)), r"none such was learned \(kyara fusion list\)"),
        (Wanted(pair=("tags", "sight")), "'sight' cannot be judged: it is unknown; choose from tags, eyes, average"),
    ],
)
def test_who_cannot_be_judged_is_named(wanted: Wanted, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        evaluate(gathered(examples(5)), wanted)


def test_a_pair_is_judged_whether_or_not_it_was_chosen() -> None:
    found = evaluate(gathered(examples(20)), Wanted(("average",), pair=("tags", "aggressive"), plan=Plan(bootstrap=0)))
    assert [row.name for row in found.judged.table.rows] == ["tags", "eyes", "average", "aggressive"]


def test_max_risk_abstains_and_tells_what_could_be_reached() -> None:
    careless = evaluate(gathered(examples()), Wanted(("average",), plan=Plan(bootstrap=0))).judged.table
    cautious = gathered(examples(), replace(FUSER, max_risk=0.2))
    careful = evaluate(cautious, Wanted(("average",), plan=Plan(bootstrap=0))).judged.table
    before, after = (table["average"].cells[ALL].scores for table in (careless, careful))
    assert after["coverage"].value < before["coverage"].value
    assert after["aurc"].value == before["aurc"].value, "the curve is over confidences, whatever is decided"
    assert 0 < after["reachable"].value <= 1
    assert "reachable" not in before


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Labels]:
    """Five drawn pictures with their captions as a table, and the truth of each."""
    folder = tmp_path_factory.mktemp("cast")
    labels, rows = Labels(), []
    chosen = [picture for picture in pictures() if len(picture.poses) == 1 and picture.caption][:5]
    for number, picture in enumerate(chosen, 1):
        (who,) = write_picture(picture, folder)["characters"]
        labels.truths[number] = ({name: tuple(those) for name, those in who["attributes"].items()},)
        rows.append(f'{{"image": "{picture.file}", "caption": "{picture.caption}"}}\n')
    (folder / "labels.jsonl").write_text("".join(rows))
    return folder / "labels.jsonl", labels


def test_the_drawn_cast_end_to_end(cast: tuple[Path, Labels], tmp_path: Path) -> None:
    path, labels = cast
    settings = load_settings(extractors="text,histogram", detectors="none", cache=str(tmp_path), until_confidence=0.1)
    seen = []
    job = prepare(open_source(path), settings, workers=1)
    found = gather(job, labels, Event(), lambda done, skipped: seen.append(done))
    assert sum(seen) == found.described == 5
    assert {name: price.views for name, price in found.prices.items()} == {"text": 5, "histogram": 5}, (
        "all of everybody"
    )
    assert min(price.seconds for price in found.prices.values()) > 0
    table = evaluate(found, Wanted(plan=Plan(bootstrap=100))).judged.table
    assert table["text"].cells[ALL].labelled > 30
    hair = {row.name: row.cells["hair_color"].scores["accuracy"].value for row in table.rows}
    assert hair["confidence-weighted"] >= 0.6
    again = gather(prepare(open_source(path), settings, workers=1), labels, Event(), lambda done, skipped: None)
    assert again.prices["histogram"].seconds is None, "all from the cache"
    assert evaluate(again, Wanted(plan=Plan(bootstrap=100))).judged.table.as_json()[2:] == [
        {**row, "cost": {"calls": 2.0, "seconds": None}} for row in table.as_json()[2:]
    ]


def test_labels_moved_to_other_pictures_fail(cast: tuple[Path, Labels]) -> None:
    """That truth is looked at: with that of the next picture accuracy falls."""
    path, labels = cast
    settings = load_settings(extractors="text", cache="none")
    moved = Labels(truths={n: labels.truths[n % 5 + 1] for n in labels.truths})
    accuracy = []
    for truth in (labels, moved):
        found = gather(prepare(open_source(path), settings, workers=1), truth, Event(), lambda done, skipped: None)
        table = evaluate(found, Wanted(("average",), plan=Plan(bootstrap=0))).judged.table
        accuracy.append(table["average"].cells["hair_color"].scores["accuracy"].value)
    assert accuracy[1] < accuracy[0]


def test_a_table_without_labels_says_so(cast: tuple[Path, Labels]) -> None:
    path, _ = cast
    job = prepare(open_source(path), load_settings(extractors="text", cache="none"), workers=1)
    with pytest.raises(SourceError, match=r"no row has a label \(5 without, 0 faulty\)"):
        gather(job, Labels(), Event(), lambda done, skipped: None)
