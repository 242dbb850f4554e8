"""The tagger: thresholds, names, hints, evidence, who shares tags, what is cached, and what its versions depend on."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kyara.cache.looking import Remembering, view_key
from kyara.cache.store import pack, unpack
from kyara.errors import MissingWeightsError, SettingsError, WeightsError
from kyara.extractors.tagger import TaggerExtractor
from kyara.flow import Looker, Reading, View
from kyara.records import Box, Sample, Sighting
from kyara.settings import TaggerSettings
from kyara.vocabulary import Vocabulary, load_vocabulary
from kyara.weights import Runtime, find

VOCABULARY = load_vocabulary()
F32 = Runtime()
BODY: Box = (10.0, 10.0, 90.0, 190.0)
HEAD: Box = (30.0, 10.0, 60.0, 40.0)
BELOW_HEAD: Box = (0.0, 10.0, 90.0, 220.0)  # flow.View.box


class Crops:
    """Pixels by seed, that remember which crops were asked for."""

    def __init__(self, seed: int) -> None:
        coarse = np.random.default_rng(seed).integers(0, 256, (20, 10, 3), dtype=np.uint8)
        self.pixels, self.asked = np.kron(coarse, np.ones((10, 10, 1), np.uint8)), []

    def crop(self, box: Box | None, side_px: int) -> np.ndarray:
        self.asked.append((box, side_px))
        return self.pixels


def view(seed: int = 0, count: int = 1, **boxes: Box) -> View:
    return View(Sample("k", str(seed), "u", sightings=(Sighting(**boxes),) * count), 0, Crops(seed))


@pytest.fixture(scope="module")
def tagger(hub) -> TaggerExtractor:
    return hub.tagger()


def raw_of(tagger: TaggerExtractor, said: Mapping[str, float]) -> dict[str, np.ndarray]:
    places = [i for i, tag in enumerate(tagger._tags) if tag.exported in said]
    scores = [said[tagger._tags[i].exported] for i in places]
    assert len(places) == len(said)
    return {"tags": np.array(places, np.uint32), "scores": np.array(scores, np.float16)}


def read(tagger: TaggerExtractor, said: Mapping[str, float], one: View | None = None) -> Reading:
    return tagger.interpret(one or view(), raw_of(tagger, said), VOCABULARY.names)


def scores(reading: Reading) -> dict[str, dict[str, float]]:
    return {evidence.attribute: dict(evidence.scores) for evidence in reading.evidence}


def test_it_is_a_looker_of_pixels(tagger: TaggerExtractor) -> None:
    assert isinstance(tagger, Looker)
    assert tagger.inputs == {"pixels"}


def test_tags_from_their_threshold_on_best_first_under_their_own_names(tagger: TaggerExtractor) -> None:
    said = {
        "1girl": 0.9, "^_^": 0.5, ":d": 0.34, "hatsune_miku": 0.84, "saber_(fate)": 0.95,
        "rating:general": 0.02, "rating:sensitive": 0.75,
    }  # fmt: skip
    reading = read(tagger, said)
    names = ["saber_(fate)", "1girl", "rating:sensitive", "^_^", "rating:general"]
    assert [name for name, _ in reading.tags] == names
    assert [score for _, score in reading.tags] == pytest.approx([0.95, 0.9, 0.75, 0.5, 0.02], abs=1e-3)
    assert reading.hints == ("saber_(fate)",)


def test_thresholds_are_settings(hub) -> None:
    said = {"1girl": 0.3, "hatsune_miku": 0.5, "ganyu_(genshin_impact)": 0.6}
    low = read(hub.tagger(general_threshold=0.2, character_threshold=0.4), said)
    assert low.hints == ("ganyu_(genshin_impact)", "hatsune_miku"), "best first"
    assert len(low.tags) == 3
    assert read(hub.tagger(), said) == Reading()


def test_evidence_is_probability_times_meaning_with_the_tags_it_rests_on(tagger: TaggerExtractor) -> None:
    reading = read(tagger, {"blue_eyes": 0.8, "black_headwear": 0.5, "hat": 0.4, "looking_at_viewer": 0.99})
    said = {evidence.attribute: evidence for evidence in reading.evidence}
    assert set(said) == {"eye_color", "accessories"}
    assert said["eye_color"].scores == (("blue", pytest.approx(0.8 * 0.95, abs=1e-3)),)
    assert said["accessories"].scores == (("hat", pytest.approx(0.5 * 0.90, abs=1e-3)),), "the likelier of two"
    assert said["accessories"].span == ("black_headwear", "hat")
    assert (said["eye_color"].extractor, said["eye_color"].version) == ("tagger", tagger.version)


def test_contradictions_stay_split(tagger: TaggerExtractor) -> None:
    hair = scores(read(tagger, {"blonde_hair": 0.9, "brown_hair": 0.9}))["hair_color"]
    assert hair["blonde"] == hair["brown"] == pytest.approx(0.49, abs=0.01)


def test_what_is_unlikely_is_unsaid_not_denied(tagger: TaggerExtractor) -> None:
    assert read(tagger, {"glasses": 0.02, "blue_eyes": 0.1}).evidence == ()


def test_no_tag_is_taken_for_a_slip_of_another(tagger: TaggerExtractor) -> None:
    """`wrist_bow` and `hands_on_headwear` are one letter from tags of the vocabulary, and mean neither."""
    assert read(tagger, {"wrist_bow": 0.9, "hands_on_headwear": 0.9}).evidence == ()


def test_only_what_is_asked_is_answered(tagger: TaggerExtractor) -> None:
    raw = raw_of(tagger, {"blue_eyes": 0.9, "blonde_hair": 0.9})
    (evidence,) = tagger.interpret(view(), raw, ["eye_color"]).evidence
    assert evidence.attribute == "eye_color"
    assert tagger.interpret(view(), raw, []).tags, "raw tags are for export"


@pytest.mark.parametrize(
    ("also", "one", "weight"),
    [
        ({}, view(), 1.0),
        ({}, view(count=2), 0.8),
        ({}, view(count=2, body=BODY), 1.0),
        ({"2girls": 0.9}, view(), 0.8),
        ({"2girls": 0.9}, view(body=BODY), 0.8),
        ({"2girls": 0.4, "1girl": 0.8}, view(), 1.0),
        ({"1girl": 0.8, "1boy": 0.8}, view(), 0.8),
    ],
)
def test_tags_of_several_characters_weigh_less(
    tagger: TaggerExtractor, also: dict[str, float], one: View, weight: float
) -> None:
    """Shared: with the sightings of an unlocated picture, or with whom the crop's own tags count. Not by a doubt."""
    hair = scores(read(tagger, {"blonde_hair": 0.9} | also, one))["hair_color"]
    assert hair["blonde"] == pytest.approx(0.9 * 0.95 * weight, abs=1e-3)


def test_one_pass_over_the_body_crop(tagger: TaggerExtractor) -> None:
    for boxes, seen in (({}, None), ({"head": HEAD}, BELOW_HEAD), ({"head": HEAD, "body": BODY}, BODY)):
        one = view(**boxes)
        tagger.look([one])
        assert one.picture.asked == [(seen, 448)]


def test_feeds_are_what_the_network_is_given(tagger: TaggerExtractor) -> None:
    feeds = tagger.feeds([view(0), view(1)])
    assert {name: (array.dtype, array.shape) for name, array in feeds.items()} == {"input": ("f4", (2, 448, 448, 3))}
    (output,) = tagger.network.run(feeds).values()
    assert np.abs(output[1][tagger.look([view(0), view(1)])[1]["tags"]] - output[1][output[1] >= 0.01]).max() == 0


def test_what_is_kept_is_small_and_reads_the_same_from_the_cache(tagger: TaggerExtractor) -> None:
    one = view()
    (raw,) = tagger.look([one])
    assert {name: array.dtype for name, array in raw.items()} == {"tags": "u4", "scores": "f2"}
    assert raw["scores"].min() >= 0.01
    for kept in (raw, raw_of(tagger, {})):  # nothing at all, too
        fresh, cached = (tagger.interpret(one, r, VOCABULARY.names) for r in (kept, unpack(pack(kept))))
        assert fresh == cached


def test_an_answer_does_not_depend_on_batch_or_thread(tagger: TaggerExtractor) -> None:
    views = [view(seed) for seed in range(4)]
    together = tagger.look(views)
    assert pack(tagger.look([views[0], view(9), view(8), view(7)])[0]) == pack(together[0])
    assert [pack(tagger.look([one])[0]) for one in views] == [pack(raw) for raw in together]
    reader = Remembering(tagger, None)
    expected = reader.read(views, VOCABULARY.names)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: reader.read(views, VOCABULARY.names), range(8))) == [expected] * 8


def test_versions_change_with_what_they_cover(hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(vocabulary: Vocabulary = VOCABULARY, runtime: Runtime = F32, **settings: float) -> TaggerExtractor:
        return TaggerExtractor(vocabulary, find(str(hub.folder)), runtime, TaggerSettings(**settings))

    plain = made()
    assert (made().version, made().look_version) == (plain.version, plain.look_version)
    for other in (
        made(general_threshold=0.4),
        made(character_threshold=0.4),
        made(Vocabulary(VOCABULARY.attributes[1:])),
    ):
        assert other.version != plain.version
        assert other.look_version == plain.look_version
        assert view_key(other, view()) == view_key(plain, view()), "the cache answers"
    monkeypatch.setattr("kyara.extractors.tagger.extractor.PREPARING", "2")
    for other in (made(), made(runtime=Runtime(precision="bf16"))):
        assert other.version != plain.version
        assert other.look_version != plain.look_version


def test_making_one_opens_no_session(hub) -> None:
    assert hub.tagger().network._session is None


def test_thresholds_below_what_is_kept_are_refused(hub) -> None:
    with pytest.raises(SettingsError, match=r"tagger.character_threshold 0.005 found; .* give 0.01 or more"):
        hub.tagger(character_threshold=0.005)
    hub.tagger(general_threshold=0.01)


def test_a_folder_without_its_files_says_what_to_fetch(tmp_path: Path, hub) -> None:
    (tmp_path / "model.onnx").write_bytes((hub.folder / "model.onnx").read_bytes())
    with pytest.raises(MissingWeightsError, match=r"holds no selected_tags.csv"):
        TaggerExtractor(VOCABULARY, find(str(tmp_path)), Runtime(), TaggerSettings())
    (tmp_path / "selected_tags.csv").write_text("tag_id,name,category,count\n1,1girl,0,1\n")
    short = TaggerExtractor(VOCABULARY, find(str(tmp_path)), Runtime(), TaggerSettings())
    with pytest.raises(WeightsError, match=r"output of shape \(1, 27\) found; .* lists 1 tags"):
        short.look([view()])


@pytest.mark.parametrize("wrong", [np.nan, -3.0, 4.5])
def test_logits_and_overflow_are_not_taken_for_probabilities(
    tagger: TaggerExtractor, monkeypatch: pytest.MonkeyPatch, wrong: float
) -> None:
    monkeypatch.setattr(tagger.network, "run", lambda feeds: {"output": np.full((1, 27), wrong, np.float32)})
    with pytest.raises(ValueError, match="probabilities are expected"):
        tagger.look([view()])
