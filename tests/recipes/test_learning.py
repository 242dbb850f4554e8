"""Decisions teach a fusion, and a version is used only where it beats the present one on pictures it never saw."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyroaring import BitMap

from kyara.catalogue import Catalogue, opened
from kyara.catalogue.ingest import ingest
from kyara.catalogue.query import found
from kyara.catalogue.reading import samples
from kyara.catalogue.review import decide, verdict
from kyara.errors import FusionError
from kyara.fuse import AUTO, Fuser, Learned
from kyara.fuse.cards import Card
from kyara.fuse.examples import About, Example
from kyara.fuse.learned.fitting import FEWEST, fit
from kyara.fuse.versions import InUse, Versions
from kyara.recipes.learning import Lessons, beside, learn, lessons, split
from kyara.records import Evidence, Sample, Sighting, ranked
from kyara.results.folder import ResultFolder
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
COLOURS = ("black", "blonde", "blue", "pink")
COUNT = 300


def picture(number: int, rng: random.Random) -> tuple[Sample, str]:
    """Tags are sure and often wrong, clip is modest and mostly right: whoever goes by confidence follows the tags."""
    truth = rng.choice(COLOURS)
    tagged = truth if rng.random() < 0.55 else rng.choice(COLOURS)
    looked = truth if rng.random() < 0.9 else rng.choice(COLOURS)
    evidence = (
        Evidence("tags", "1", "hair_color", ((tagged, 0.95),)),
        Evidence("clip", "1", "hair_color", ranked({c: 0.61 if c == looked else 0.13 for c in COLOURS})),
    )
    digest = sha256(str(number).encode()).hexdigest()
    sighting = Sighting(evidence=evidence, values=Fuser(VOCABULARY)(evidence))
    return Sample(f"{number}.png", digest, f"file:///{number}.png", 64, 64, "1girl", sightings=(sighting,)), truth


PICTURES = [picture(number, random.Random(number)) for number in range(COUNT)]


def ingested(folder: Path, given: Sequence[Sample]) -> Path:
    """A catalogue of these samples."""
    results = ResultFolder(folder / "results")
    results.claim({"source": "pictures"})
    results.commit(0, "", given, jsonl=False)
    results.close()
    with opened(folder / "kyara.db", write=True) as catalogue:
        ingest(catalogue, results.path)
    return folder / "kyara.db"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with opened(ingested(tmp_path, [sample for sample, _ in PICTURES]), write=True) as catalogue:
        yield catalogue


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "fusion", tmp_path / "packaged")


def review(catalogue: Catalogue, truths: Mapping[str, str]) -> None:
    """Say the truth, by key."""
    everybody = found(catalogue, "number>0")
    numbers = dict(zip([sample.key for sample in samples(catalogue, everybody)], everybody, strict=True))
    for colour in COLOURS:
        meant = BitMap(numbers[key] for key, truth in truths.items() if truth == colour)
        decide(catalogue, meant, verdict(catalogue, "hair_color", [colour]), "ann")


TRUTHS = {sample.key: truth for sample, truth in PICTURES}


def given(truths: Mapping[str, str] = TRUTHS) -> Lessons:
    """What a catalogue with these decisions teaches, without one."""
    return split([_example(sample, truths[sample.key]) for sample, _ in PICTURES if sample.key in truths], {})


def _example(sample: Sample, truth: str) -> Example:
    return Example(sample.id, sample.sightings[0].evidence, About.of(sample), {"hair_color": (truth,)}, "reviewed")


def inverted(learning: Sequence[Example], *rest: Any) -> Learned:
    """A fit gone wrong: it believes the opposite of what is said."""
    learned = fit(learning, *rest)
    taught = learned.taught["hair_color"]
    wrong = replace(taught, pooling=replace(taught.pooling, context=-taught.pooling.context), after={})
    return replace(learned, taught={"hair_color": wrong})


def trusting(only: str) -> Learned:
    """A fusion that listens to one extractor."""
    learned = fit(given().learning, VOCABULARY)
    taught = learned.taught["hair_color"]
    context = taught.pooling.context.copy()
    context[learned.extractors.index(only)] = np.eye(context.shape[1])[0]
    context[1 - learned.extractors.index(only)] = 0.0
    deaf = replace(taught, pooling=replace(taught.pooling, context=context), after={})
    return replace(learned, taught={"hair_color": deaf})


def test_decisions_become_examples(catalogue: Catalogue) -> None:
    review(catalogue, TRUTHS)
    seen: list[int] = []
    found_lessons = lessons(catalogue, VOCABULARY, seen.append)
    assert seen == list(range(1, COUNT + 1))
    assert found_lessons == given()
    assert not {e.key for e in found_lessons.learning} & {e.key for e in found_lessons.held_out}
    assert 0.2 < len(found_lessons.held_out) / COUNT < 0.4


def test_the_sightings_of_a_picture_stay_together() -> None:
    two = [e for e in (*given().learning, *given().held_out) for _ in range(2)]
    parts = split(two, {})
    assert not {e.key for e in parts.learning} & {e.key for e in parts.held_out}
    assert parts == split(two, {})


def test_posts_without_a_picture_are_told_apart(tmp_path: Path) -> None:
    """Their id is the digest of the text, which may be the same in many."""
    posts = [
        replace(sample, id="0" * 64, width=None, height=None, tags=f"1girl, tag{number // 2}")
        for number, (sample, _) in enumerate(PICTURES)
    ]
    with opened(ingested(tmp_path, posts), write=True) as catalogue:
        review(catalogue, TRUTHS)
        found_lessons = lessons(catalogue, VOCABULARY)
    assert 0.2 < len(found_lessons.held_out) / COUNT < 0.4
    assert not {e.key for e in found_lessons.learning} & {e.key for e in found_lessons.held_out}
    assert len({e.key for e in found_lessons.held_out}) * 2 == len(found_lessons.held_out), "the same tags, one half"


def test_what_teaches_nothing_is_counted(tmp_path: Path, catalogue: Catalogue) -> None:
    review(catalogue, dict(list(TRUTHS.items())[:9]))
    (tmp_path / "own.toml").write_text(
        'replace = true\n[hair_color]\nkind = "one-of"\nlabels.black = { prompts = ["black"] }\n'
        'labels.blue = { prompts = ["blue"] }\n'
    )
    everybody = found(catalogue, "number>0")
    decide(catalogue, everybody[:4], verdict(catalogue, "identity", ["Rei"]), "ann")
    decide(catalogue, everybody[:3], verdict(catalogue, "eye_color", ["red"]), "ann")
    assert lessons(catalogue, VOCABULARY).left_out == {"no extractor says anything of them": 3}
    narrow = lessons(catalogue, load_vocabulary(tmp_path / "own.toml"))
    strangers = sum(truth not in ("black", "blue") for truth in list(TRUTHS.values())[:9])
    assert narrow.left_out["the vocabulary does not know them"] == 3 + strangers
    for example in (*narrow.learning, *narrow.held_out):
        assert {label for item in example.evidence for label, _ in item.scores} <= {"black", "blue"}


def test_a_better_version_goes_live_and_use_goes_back(catalogue: Catalogue, versions: Versions) -> None:
    review(catalogue, TRUTHS)
    learnt = learn(lessons(catalogue, VOCABULARY), VOCABULARY, versions)
    assert learnt.held_back is None
    assert learnt.version is not None
    assert versions.current() == learnt.version.name
    figures = learnt.card.figures
    assert figures is not None
    assert figures.own.values == figures.other.values == len(given().held_out)
    assert figures.own.errors < 0.6 * figures.other.errors, "clip is right in 92 %, tags in 66 %"
    assert figures.own.errors - figures.other.errors == figures.only_own - figures.only_other
    assert figures.p < 0.05
    assert (figures.other_name, learnt.card.parent) == ("confidence-weighted", None)
    assert figures.attributes["hair_color"].own == figures.own
    now = versions.in_use(VOCABULARY)
    assert now.learned is not None
    right = Counter(
        Fuser(VOCABULARY, AUTO, learned=now.learned)(e.evidence, e.about)[0].labels == e.truth["hair_color"]
        for e in given().held_out
    )
    assert right[False] == figures.own.errors, "what runs is what was judged"
    versions.use("none")
    assert versions.in_use(VOCABULARY).learned is None


def test_a_worse_version_is_kept_but_not_used(versions: Versions) -> None:
    first = learn(given(), VOCABULARY, versions)
    assert first.version is not None
    worse = learn(given(), VOCABULARY, versions, fit=inverted)
    assert worse.version is not None
    assert worse.version in versions.list()
    assert versions.current() == first.version.name
    assert worse.held_back is not None
    assert worse.held_back.startswith("it errs in ")
    assert worse.card.parent == first.learned.version


def test_labels_at_random_teach_nothing_that_is_used(versions: Versions) -> None:
    shuffled = list(TRUTHS.values())
    random.Random(1).shuffle(shuffled)
    nonsense = given(dict(zip(TRUTHS, shuffled, strict=True)))
    learnt = learn(replace(nonsense, held_out=given().held_out), VOCABULARY, versions)
    assert learnt.held_back is not None
    assert versions.current() == "none"


def test_learning_goes_on_from_the_version_in_use(versions: Versions) -> None:
    priors: list[Learned | None] = []

    def spied(learning: Any, vocabulary: Any, prior: Learned | None = None, told: Any = None) -> Learned:
        priors.append(prior)
        return fit(learning, vocabulary, prior, told)

    first = learn(given(dict(list(TRUTHS.items())[:200])), VOCABULARY, versions, fit=spied)
    second = learn(given(), VOCABULARY, versions, fit=spied)
    assert priors[0] is None
    assert priors[1] is not None
    assert priors[1].version == first.learned.version == second.card.parent
    same = learn(given(), VOCABULARY, versions, fit=lambda *rest: rest[2])
    assert same.held_back == "it is the same as the one in use"


def test_the_policy_goes_with_the_fusion_it_was_kept_with(versions: Versions) -> None:
    first = versions.add(trusting("tags"), Card({"reviewed": 100}), b"net")
    versions.use(first.name)
    learnt = learn(given(), VOCABULARY, versions)
    assert learnt.held_back is None
    assert learnt.version is not None
    assert learnt.version.policy is not None
    assert learnt.version.policy.read_bytes() == b"net"


def test_a_dry_run_changes_nothing(versions: Versions) -> None:
    learnt = learn(given(), VOCABULARY, versions, keep=False)
    assert (learnt.version, learnt.held_back) == (None, None)
    assert versions.list() == ()
    assert versions.current() == "none"


def test_too_few_to_learn_from(versions: Versions) -> None:
    few = given(dict(list(TRUTHS.items())[:70]))
    most = len(few.learning)
    assert most < FEWEST
    with pytest.raises(
        FusionError, match=f"70 reviewed values .* hair_color has {most} .* needs 60.*kyara review next"
    ):
        learn(few, VOCABULARY, versions)
    with pytest.raises(FusionError, match=r"0 reviewed values .* no attribute has 0"):
        learn(Lessons((), (), {}), VOCABULARY, versions)


def test_too_few_to_judge_by(versions: Versions) -> None:
    learnt = learn(replace(given(), held_out=given().held_out[:49]), VOCABULARY, versions)
    assert learnt.held_back == "49 held-out values are too few to judge it by; 50 are needed"
    assert learnt.version in versions.list()
    assert versions.current() == "none"


def test_corrections_alone_do_not_make_a_version_live(versions: Versions) -> None:
    """Who only corrects mistakes teaches that the present fusion is always wrong; so do their held-out pictures."""
    many = [picture(number, random.Random(number)) for number in range(1000)]
    wrong = [(s, truth) for s, truth in many if s.sightings[0].values[0].labels != (truth,)]
    corrections = split([_example(sample, truth) for sample, truth in wrong], {})
    learnt = learn(corrections, VOCABULARY, versions)
    assert learnt.held_back is not None
    assert "only mistakes were reviewed" in learnt.held_back
    assert versions.current() == "none"


def test_two_that_agree_are_told_apart_by_how_sure_they_are() -> None:
    learned = fit(given().learning, VOCABULARY)
    same = beside(learned, InUse("same", learned), given().held_out, VOCABULARY)
    assert (same.only_own, same.only_other, same.p) == (0, 0, 1.0)
    assert same.own == same.other
    nothing = beside(learned, InUse("none"), (), VOCABULARY)
    assert (nothing.own.values, nothing.p) == (0, 1.0)
