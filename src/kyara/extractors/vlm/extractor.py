"""The extractor itself: what is open is asked of a large model; words are kept, and held to the vocabulary later.

A BLIP-2 answers a question an attribute; any other answers one prompt about all of them in JSON. Both give a caption,
in which the text rules read what the answers leave open. Kept are the words, by attribute (flow.Asker): a new
vocabulary asks anew only where its question changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock

import numpy as np
import orjson
from numpy.typing import NDArray

from kyara.extractors.clip.preprocess import read_preprocessing
from kyara.extractors.vlm.answers import Judge, heard, parsed
from kyara.extractors.vlm.blip2 import LONGEST_ANSWER, LONGEST_CAPTION, Blip2
from kyara.extractors.vlm.chat import Chat
from kyara.extractors.vlm.questions import prompt_of, question_of
from kyara.flow import NOTHING, Kind, Raw, Reading, View
from kyara.records import Evidence
from kyara.vocabulary import Attribute, Vocabulary
from kyara.weights import Runtime, Weights, json_of
from kyara.weights.contents import content_of

BLIP2 = "blip-2"
CHAT_SIDE_PX = 448
MOST_SURE = 0.8  # not measured: needs real weights; no model that was never scored is believed beyond this
CAPTION_SURE = 0.6  # a label that only the caption states
Said = tuple[str, float]
Answers = Mapping[str, tuple[str, float, str]]  # attribute → words, how sure, the caption of the picture


class VlmExtractor:
    """Zero-shot evidence on every attribute of the vocabulary. One call at a time: a model fills the machine."""

    name = "vlm"
    inputs: frozenset[Kind] = frozenset({"pixels"})
    batch_size = 4
    cost = 30_000.0

    def __init__(self, vocabulary: Vocabulary, weights: Weights, runtime: Runtime, folder: Path) -> None:
        """`folder` keeps digests of large files. Loads no network. Raises WeightsError, MissingWeightsError."""
        self._vocabulary, self._weights, self._runtime, self._folder = vocabulary, weights, runtime, folder
        self._is_blip2 = json_of(weights.file("config.json")).get("model_type") == BLIP2
        self._preprocessing = read_preprocessing(weights) if self._is_blip2 else None
        self._judge = Judge(vocabulary)
        self._lock = RLock()

    @cached_property
    def look_version(self) -> str:
        files = sorted(self._weights.folder.glob("*.safetensors"))
        pixels = self._preprocessing.digest if self._preprocessing else CHAT_SIDE_PX
        settings = self._weights.digest(
            "config.json", "generation_config.json", "tokenizer.json", "chat_template.jinja"
        )
        return _digest([content_of(file, self._folder) for file in files], settings, pixels, self._runtime.label)

    @cached_property
    def version(self) -> str:
        return _digest(self.look_version, self._vocabulary.digest, MOST_SURE, CAPTION_SURE)

    def question(self, attribute: str) -> str:
        """A digest of what a look for `attribute` asks."""
        return _digest(question_of(self._vocabulary[attribute]) if self._is_blip2 else prompt_of(self._vocabulary))

    def look(self, views: Sequence[View]) -> list[Raw]:
        """For each attribute that is asked of a view its answer: JSON (words, how sure, caption) as uint8."""
        asked: dict[object, list[str]] = {}  # what is open of each crop; the same crop comes once an attribute
        shown: dict[object, View] = {}
        for view in views:
            asked.setdefault(_crop(view), []).extend(self._asked(view))
            shown.setdefault(_crop(view), view)
        with self._lock:
            ask: Callable[..., Sequence[Answers]] = self._by_question if self._is_blip2 else self._by_prompt
            answers = dict(zip(asked, ask(list(shown.values()), list(asked.values())), strict=True))
        return [{name: _packed(answers[_crop(view)][name]) for name in self._asked(view)} for view in views]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        """Evidence on those of `attributes` that an answer, or else the caption, has a label for."""
        evidence, caption = [], None
        for attribute in self._vocabulary.attributes:
            if attribute.name in attributes and attribute.name in raw:
                words, sure, caption = _unpacked(raw[attribute.name])
                if scores := self._scores(attribute, words, sure, caption):
                    evidence.append(Evidence.of(self, attribute.name, scores, (words or caption,)))
        return Reading(tuple(evidence), caption=caption or None) if evidence or caption else NOTHING

    def _scores(self, attribute: Attribute, words: str, sure: float, caption: str) -> dict[str, float]:
        answer = words if self._is_blip2 else heard(parsed(words), attribute.name)
        if labels := self._judge.labels(attribute, answer):
            return dict.fromkeys(labels, min(sure, MOST_SURE))
        read = self._judge.read(caption, attribute)
        return dict.fromkeys(read, CAPTION_SURE) if len(read) == 1 or not attribute.one_of else {}

    def _asked(self, view: View) -> list[str]:
        return [name for name in self._vocabulary.names if view.asked is None or name in view.asked]

    def _by_question(self, views: Sequence[View], asked: Sequence[Sequence[str]]) -> Sequence[Answers]:
        preprocessing = self._preprocessing
        assert preprocessing is not None
        shown = self._blip2.shown(preprocessing([view.pixels("body", preprocessing.side_px) for view in views]))
        captions = self._blip2.answers(shown, "", LONGEST_CAPTION)
        found: list[dict[str, tuple[str, float, str]]] = [{} for _ in views]
        for attribute in self._vocabulary.attributes:
            if rows := [i for i, names in enumerate(asked) if attribute.name in names]:
                said = self._blip2.answers(shown[rows], question_of(attribute), LONGEST_ANSWER)
                for i, (words, sure) in zip(rows, said, strict=True):
                    found[i][attribute.name] = words, sure, captions[i][0]
        return found

    def _by_prompt(self, views: Sequence[View], asked: Sequence[Sequence[str]]) -> Sequence[Answers]:
        found = []
        for view, names in zip(views, asked, strict=True):
            words, sure = self._chat.answer(view.pixels("body", CHAT_SIDE_PX), prompt_of(self._vocabulary))
            caption = heard(parsed(words), "caption")
            found.append({name: (words, sure, caption if isinstance(caption, str) else "") for name in names})
        return found

    @cached_property
    def _blip2(self) -> Blip2:
        return Blip2(self._weights, self._runtime)

    @cached_property
    def _chat(self) -> Chat:
        return Chat(self._weights, self._runtime)


def _crop(view: View) -> object:
    return view.sample.id, view.sighting.head, view.sighting.body


def _packed(answer: tuple[str, float, str]) -> NDArray[np.uint8]:
    words, sure, caption = answer
    told = [words.encode("utf-8", "replace").decode(), sure, caption.encode("utf-8", "replace").decode()]
    return np.frombuffer(orjson.dumps(told), np.uint8)


def _unpacked(raw: NDArray[np.generic]) -> tuple[str, float, str]:
    words, sure, caption = orjson.loads(raw.tobytes())
    return str(words), float(sure), str(caption)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
