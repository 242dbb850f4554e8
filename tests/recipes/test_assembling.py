"""A run fuses as learned where a version is in use, writes down which, and says so where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyara import extract
from kyara.errors import SettingsError
from kyara.fuse import AUTO
from kyara.fuse.cards import Card
from kyara.fuse.examples import About, Example
from kyara.fuse.learned.fitting import fit
from kyara.fuse.versions import NONE, Versions
from kyara.recipes.assembling import asked_of
from kyara.recipes.run import prepare
from kyara.records import Evidence, ranked
from kyara.settings import load_settings
from kyara.sources import given
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
TAGS, TEXT = "blue_hair, 1girl", "A girl with red hair."  # they contradict each other


def version(truth: str, packaged: Path) -> str:
    """A version, in use, that learned that hair is of the colour that `truth` (tags, text) says."""
    colours = ("red", "blue", "green", "black", "white")
    examples = []
    for i in range(300):
        one, other = colours[i % 5], colours[(i // 5 + i + 1) % 5]
        said = {"tags": one, "text": other if other != one else "pink"}
        evidence = tuple(
            Evidence(name, "1", "hair_color", ranked({label: 0.95})) for name, label in said.items()
        )  # fmt: skip
        examples.append(Example(str(i), evidence, About(tags=1, words=5), {"hair_color": (said[truth],)}))
    versions = Versions(packaged=packaged)
    return versions.use(versions.add(fit(examples, VOCABULARY), Card({"made up": 300})).name)


def hair(**settings: object) -> str:
    (sample,) = extract(tags=TAGS, text=TEXT, extractors="tags,text", **settings)
    (value,) = [value for value in sample.sightings[0].values if value.attribute == "hair_color"]
    return value.labels[0] if value.labels else ""


@pytest.mark.parametrize(("truth", "colour"), [("tags", "blue"), ("text", "red")])
def test_the_version_in_use_decides(truth: str, colour: str, tmp_path: Path) -> None:
    name = version(truth, tmp_path)
    assert hair() == hair(fusion="pooling") == hair(fusion_version=name) == colour
    both = {hair(fusion="confidence-weighted"), hair(fusion_version=NONE)}
    assert len(both) == 1  # whatever that is, nothing learned has a say in it


def test_a_run_writes_down_which_version_it_had(tmp_path: Path) -> None:
    source = given("a girl")
    assert prepare(source, load_settings()).identity["fusion_version"] in (NONE, Versions().in_use(VOCABULARY).name)
    name = version("tags", tmp_path)
    job = prepare(source, load_settings())
    assert (job.identity["fusion"], job.identity["fusion_version"], job.warning) == (AUTO, name, None)
    assert prepare(source, load_settings(fusion="average")).identity["fusion_version"] == NONE


def test_without_a_version_what_was_asked_by_name_is_refused() -> None:
    Versions().use(NONE)
    for asked in ({"fusion": "pooling"}, {"ask": "learned"}, {"fusion_version": "abcdef"}):
        with pytest.raises(SettingsError, match="kyara fusion"):
            asked_of(load_settings(**asked))
    assert asked_of(load_settings()).settings.fusion_version == NONE


def test_a_damaged_version_is_left_out_and_named(tmp_path: Path) -> None:
    name = version("tags", tmp_path)
    (Versions().folder / name / "fusion.json").write_text("{}")
    asked = asked_of(load_settings())
    assert asked.settings.fusion_version == NONE
    assert "damaged" in str(asked.warning)


def test_a_version_without_a_policy_is_not_asked_whom_to_ask(tmp_path: Path) -> None:
    version("tags", tmp_path)
    with pytest.raises(SettingsError, match="no policy"):
        prepare(given("a girl"), load_settings(ask="learned"))


def test_less_risk_decides_less() -> None:
    def decided(**settings: object) -> int:
        (sample,) = extract(text=TEXT, extractors="text", **settings)
        return sum(value.decided for value in sample.sightings[0].values)

    assert decided() == decided(max_risk=0.1) > decided(max_risk=0.01) == 0
