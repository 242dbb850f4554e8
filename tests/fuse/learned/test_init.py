"""A learned fusion trusts whom the context says, is honest about it, and is the same after a trip to disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from kyara.errors import FusionError, SettingsError
from kyara.fuse import LEARNED, Fuser
from kyara.fuse.examples import About
from kyara.fuse.learned import FILE, Learned
from kyara.fuse.learned.fitting import fit
from kyara.vocabulary import load_vocabulary

from .data import VOCABULARY, evidence, world

KINDS = {"tags": "tags", "builtin": "pixels", "clip": "pixels", "text": "text"}


@pytest.fixture(scope="module")
def learned() -> Learned:
    return fit(world(3000, seed=1), VOCABULARY)


def fuser(learned: Learned, strategy: str = "pooling", **options: float) -> Fuser:
    return Fuser(VOCABULARY, strategy, 0.0, KINDS, learned=learned, **options)


def shares(fuse: Fuser) -> tuple[float, float]:
    """(share right, mean confidence) over fresh examples."""
    examples = world(1000, seed=2)
    values = [fuse(example.evidence, example.about)[0] for example in examples]
    right = [value.labels == example.truth["hair_color"] for value, example in zip(values, examples, strict=True)]
    return float(np.mean(right)), float(np.mean([value.confidence for value in values]))


@pytest.mark.parametrize("name", LEARNED)
def test_it_trusts_tags_where_there_are_many_and_pixels_where_there_are_few(learned: Learned, name: str) -> None:
    both = [evidence("tags", "hair_color", red=0.95), evidence("builtin", "hair_color", blue=0.6)]
    fuse = fuser(learned, name)
    assert fuse(both, About(tags=40))[0].labels == ("red",)
    assert fuse(both, About(tags=2))[0].labels == ("blue",)
    assert Fuser(VOCABULARY, "average", kinds=KINDS)(both, About(tags=2))[0].labels == ("red",)


@pytest.mark.parametrize("name", LEARNED)
def test_it_is_right_more_often_than_the_average_and_as_often_as_it_says(learned: Learned, name: str) -> None:
    right, confidence = shares(fuser(learned, name))
    assert right > shares(fuser(learned, "average"))[0] + 0.1
    assert abs(right - confidence) < 0.03


def test_the_trail_says_who_spoke_for_and_against(learned: Learned) -> None:
    both = [evidence("tags", "hair_color", red=0.95), evidence("builtin", "hair_color", blue=0.6)]
    (value,) = fuser(learned)(both, About(tags=2))
    assert (value.carried_by, value.against) == (("builtin",), ("tags",))


def test_what_it_was_not_taught_is_fused_by_confidence(learned: Learned) -> None:
    said = [evidence("tags", "eye_color", red=0.95), evidence("builtin", "eye_color", blue=0.6),
            evidence("tags", "accessories", hat=0.9), evidence("clip", "accessories", hat=0.8)]  # fmt: skip
    assert fuser(learned)(said) == Fuser(VOCABULARY, "confidence-weighted", 0.0, KINDS)(said)


def test_a_label_that_was_never_true_when_it_learned_is_left_to_confidence(learned: Learned) -> None:
    said = [evidence("tags", "hair_color", multicolored=0.95), evidence("builtin", "hair_color", blue=0.6)]
    assert learned.taught["hair_color"].unseen == {"multicolored"}
    assert fuser(learned)(said) == Fuser(VOCABULARY, "confidence-weighted", 0.0, KINDS)(said)


def test_a_stranger_counts_by_the_prior(learned: Learned) -> None:
    known = [evidence("builtin", "hair_color", blue=0.6)]
    (alone,) = fuser(learned)(known)
    (against,) = fuser(learned)([*known, evidence("clip", "hair_color", red=0.99)])
    assert alone.labels == ("blue",)
    assert against.labels == ("red",)


def test_many_at_once_are_what_each_is_alone(learned: Learned) -> None:
    from kyara.fuse.learned.dense import Dense

    examples = world(50, seed=3)
    dense = Dense.of([(e.evidence, e.about) for e in examples], VOCABULARY, learned.extractors)
    together = learned.pooled("pooling", dense)["hair_color"]
    alone = [fuser(learned)(e.evidence, e.about)[0].confidence for e in examples]
    assert alone == pytest.approx(together.max(1).tolist(), abs=6e-5)


def test_the_risk_that_is_allowed_is_kept(learned: Learned) -> None:
    fuse = fuser(learned, max_risk=0.05)
    examples = world(2000, seed=4)
    answers = [(fuse(e.evidence, e.about)[0], e.truth["hair_color"]) for e in examples]
    wrong = [value.labels != truth for value, truth in answers if value.decided]
    assert 0.3 < len(wrong) / len(answers) < 0.95
    assert np.mean(wrong) < 0.06
    with pytest.raises(SettingsError, match="max-risk"):
        fuser(learned, max_risk=1.5)


def test_a_trip_to_disk_changes_nothing(learned: Learned, tmp_path: Path) -> None:
    learned.save(tmp_path)
    again = Learned.load(tmp_path, VOCABULARY)
    assert again.version == learned.version
    example = world(1, seed=5)[0]
    for name in LEARNED:
        one, other = (fuser(which, name)(example.evidence, example.about) for which in (learned, again))
        assert one[0].labels == other[0].labels
        assert one[0].confidence == pytest.approx(other[0].confidence, abs=2e-4)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda table: table.update(schema=9), "schema 9"),
        (lambda table: table.pop("taught"), "broken"),
        (lambda table: table["taught"]["hair_color"]["pooling"].update(context=[[1.0]]), "broken"),
        (lambda table: table["taught"]["hair_color"].update(before=[{"kind": "isotonic", "x": [], "y": []}]), "broken"),
        (lambda table: table["taught"]["hair_color"]["labels"].reverse(), "other labels of hair_color"),
    ],
)
def test_a_broken_file_says_what_to_do(learned: Learned, tmp_path: Path, damage: object, said: str) -> None:
    learned.save(tmp_path)
    table = orjson.loads((tmp_path / FILE).read_bytes())
    damage(table)
    (tmp_path / FILE).write_bytes(orjson.dumps(table))
    with pytest.raises(FusionError, match=said) as raised:
        Learned.load(tmp_path, VOCABULARY)
    assert "kyara fusion" in str(raised.value) or "learn it anew" in str(raised.value)


def test_no_file_and_no_json_are_errors_too(tmp_path: Path) -> None:
    with pytest.raises(FusionError, match="No such file"):
        Learned.load(tmp_path, load_vocabulary())
    (tmp_path / FILE).write_bytes(b"\xff{")
    with pytest.raises(FusionError, match="broken"):
        Learned.load(tmp_path, load_vocabulary())


def test_without_a_learned_fusion_its_names_are_refused() -> None:
    with pytest.raises(SettingsError, match="kyara fusion learn"):
        Fuser(VOCABULARY, "pooling", kinds=KINDS)
    with pytest.raises(SettingsError, match="kyara fusion learn"):
        Fuser(VOCABULARY, kinds=KINDS)([], strategy="stacking")
