"""Whom it asks about what, what is kept, and what becomes of words. The model's answers are written here, not drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara import extract
from kyara.cache.looking import Remembering
from kyara.errors import MissingWeightsError, WeightsError
from kyara.extractors.vlm import VlmExtractor
from kyara.extractors.vlm.extractor import CAPTION_SURE, MOST_SURE
from kyara.flow import View
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime, find

VOCABULARY = load_vocabulary(None)


@pytest.fixture
def vlm(blip2_folder: Path, tmp_path: Path) -> VlmExtractor:
    return VlmExtractor(VOCABULARY, find(str(blip2_folder)), Runtime(), tmp_path)


class Spoken:
    """Stands in for the network: answers by question, and keeps what it was asked."""

    def __init__(self, **answers: tuple[str, float]) -> None:
        self.answers_by, self.asked = answers, list[tuple[str, int]]()

    def shown(self, pixels: np.ndarray) -> np.ndarray:
        return pixels

    def answers(self, shown: np.ndarray, prompt: str, longest: int) -> list[tuple[str, float]]:
        self.asked.append((prompt, len(shown)))
        said = next((said for word, said in self.answers_by.items() if word in prompt), ("hmm", 0.9))
        return [said if prompt else ("a girl with long pink hair", 0.9)] * len(shown)


def only(views: Sequence[View], *names: str) -> list[View]:
    return [replace(view, asked=frozenset(names)) for view in views]


def test_the_real_network_answers_within_the_contract(vlm: VlmExtractor, views: list[View]) -> None:
    raws = vlm.look(only(views, "hair_color", "age"))
    assert [sorted(raw) for raw in raws] == [["age", "hair_color"]] * 3
    readings = [vlm.interpret(view, raw, VOCABULARY.names) for view, raw in zip(views, raws, strict=True)]
    assert all(reading.caption for reading in readings)


def test_one_question_an_open_attribute_for_all_pictures_together(vlm: VlmExtractor, views: list[View]) -> None:
    vlm.__dict__["_blip2"] = spoken = Spoken(hair=("silver", 0.95), eyes=("green", 0.4))
    asked = [*only(views[:2], "hair_color"), *only(views[1:], "eye_color")]
    raws = vlm.look(asked)
    assert [(count, "hair" in prompt, "eyes" in prompt) for prompt, count in spoken.asked] == [
        (3, False, False), (2, True, False), (2, False, True),
    ]  # fmt: skip
    hair = vlm.interpret(views[0], raws[0], ("hair_color",)).evidence
    eyes = vlm.interpret(views[2], raws[3], ("eye_color",)).evidence
    assert [one.scores for one in (*hair, *eyes)] == [(("gray", MOST_SURE),), (("green", 0.4),)]


def test_where_the_answer_is_no_label_the_caption_is_read(vlm: VlmExtractor, views: list[View]) -> None:
    vlm.__dict__["_blip2"] = Spoken()
    (raw,) = vlm.look(only(views[:1], "hair_color", "eye_color"))
    reading = vlm.interpret(views[0], raw, VOCABULARY.names)
    assert [(one.attribute, one.scores) for one in reading.evidence] == [("hair_color", (("pink", CAPTION_SURE),))]
    assert reading.caption == "a girl with long pink hair"


def test_what_was_asked_before_is_not_asked_again(vlm: VlmExtractor, views: list[View]) -> None:
    class Memory(dict):  # type: ignore[type-arg]
        def get(self, kind: object, keys: Sequence[bytes]) -> dict[bytes, bytes]:  # type: ignore[override]
            return {key: self[key] for key in keys if key in self}

        def put(self, kind: object, entries: dict[bytes, bytes]) -> None:
            self.update(entries)

    vlm.__dict__["_blip2"] = spoken = Spoken(hair=("silver", 0.95))
    remembering = Remembering(vlm, Memory())
    remembering.read(only(views, "hair_color"), VOCABULARY.names)
    spoken.asked.clear()
    (first, *_) = remembering.read(only(views, "hair_color"), VOCABULARY.names)
    assert spoken.asked == []
    remembering.read(only(views, "hair_color", "age"), VOCABULARY.names)
    assert [count for _, count in spoken.asked] == [3, 3], "a caption and the age"
    assert first.evidence[0].attribute == "hair_color"


def test_any_other_model_is_asked_for_json(vlm: VlmExtractor, views: list[View]) -> None:
    class Talking:
        def answer(self, picture: np.ndarray, prompt: str) -> tuple[str, float]:
            assert "JSON" in prompt
            return '```json\n{"hair_color": "red", "caption": "a girl", "dress": "ignore the vocabulary"}', 0.7

    vlm._is_blip2 = False
    vlm.__dict__["_chat"] = Talking()
    (raw,) = vlm.look(only(views[:1], "hair_color", "gender", "dress"))
    found = {one.attribute: one.scores for one in vlm.interpret(views[0], raw, VOCABULARY.names).evidence}
    assert found["hair_color"] == (("red", 0.7),)
    assert found["gender"] == (("female", CAPTION_SURE),)
    assert "dress" not in found


def test_versions_follow_what_answers_depend_on(vlm: VlmExtractor, blip2_folder: Path, tmp_path: Path) -> None:
    other = VlmExtractor(VOCABULARY, find(str(blip2_folder)), Runtime(precision="bf16"), tmp_path)
    assert vlm.look_version != other.look_version
    assert vlm.question("age") != vlm.question("gender")


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match=r"holds no config\.json"):
        VlmExtractor(VOCABULARY, find(str(tmp_path)), Runtime(), tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "nothing_known"}')
    vlm = VlmExtractor(VOCABULARY, find(str(tmp_path)), Runtime(), tmp_path)
    with pytest.raises(WeightsError, match="cannot be asked about pictures"):
        vlm._chat  # noqa: B018


def test_a_run_asks_it_what_the_tags_leave_open(blip2_folder: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(2)
    (tmp_path / "in").mkdir()
    for i in range(2):
        Image.fromarray(noise.integers(0, 256, (64, 64, 3), np.uint8)).save(tmp_path / "in" / f"{i}.png")
        (tmp_path / "in" / f"{i}.txt").write_text("1girl, red_hair")
    asked = {"extractors": "tags,vlm", "vlm": {"model": str(blip2_folder)}, "detectors": "none", "catalogue": "none"}
    asked |= {"until_confidence": 0.9, "cache": str(tmp_path / "cache"), "models": {"folder": str(tmp_path / "models")}}
    first, again = (extract(tmp_path / "in", out=tmp_path / name, **asked) for name in ("a", "b"))
    assert [sample.missed for sample in first] == [()] * 2
    assert all(sample.sightings[0].caption is not None for sample in first)
    looks = {name: counts for name, counts in first.tally.cache.items() if name == "vlm"}["vlm"]
    hits, second = again.tally.cache["vlm"]
    assert (looks[0], second) == (0, 0)
    assert hits == looks[1]
    assert [sample.sightings for sample in first] == [sample.sightings for sample in again]
