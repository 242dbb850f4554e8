"""The extractor that tags pictures with a WD tagger: raw tags with scores, names as hints, evidence by the tag map.

A tagger sees the whole figure: it learnt from whole pictures, so head attributes too are read off the body crop, in the
same pass. It says what it sees and denies nothing. Where the network runs is the runtime's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from kyara.errors import SettingsError, WeightsError
from kyara.extractors.tagger.preparing import PREPARING, Layout, prepared
from kyara.extractors.tagger.tag_list import Tag, read_tag_list
from kyara.extractors.tagger.weighing import weighed
from kyara.extractors.tags.cast import cast_of
from kyara.extractors.tags.extractor import AGAIN_MANY_OF, AGAIN_ONE_OF, MIXED
from kyara.extractors.tags.facts import FACT_FILES, tag_facts
from kyara.extractors.tags.meanings import BY_TAIL, MISSPELT, SAID, Lexicon, Meaning
from kyara.extractors.tags.syntax import Written
from kyara.flow import Kind, Raw, Reading, View
from kyara.records import Evidence, ranked
from kyara.settings import TaggerSettings
from kyara.vocabulary import Vocabulary
from kyara.weights import Model, Runtime, Weights

FLOOR = 0.01  # scores below it are not kept: of some 10,000 tags a hundred or two stay, 1 kB a view in place of 21
COUNTED = 0.5  # from which probability on a tag counts characters: a doubtful `2girls` must not halve everything
NETWORK_FILE, TAG_FILE = "model.onnx", "selected_tags.csv"

Said = tuple[Meaning, float]  # a tag understood, and its probability


class TaggerExtractor:
    """A WD tagger: ONNX network and tag list in the hub's layout. Safe to call from several threads."""

    name = "tagger"
    inputs: frozenset[Kind] = frozenset({"pixels"})
    cost = 20.0

    def __init__(self, vocabulary: Vocabulary, weights: Weights, runtime: Runtime, settings: TaggerSettings) -> None:
        _keep_above_floor(settings)
        comes_as_onnx = runtime.full if runtime.backend == "torch" else runtime
        self.network = Model(weights.file(NETWORK_FILE), comes_as_onnx)
        self.batch_size = comes_as_onnx.a_pass(16)
        self._settings = settings
        self._vocabulary = vocabulary
        self._lexicon = Lexicon(vocabulary)
        self._tags = read_tag_list(weights.file(TAG_FILE))
        self._meanings: dict[Tag, Meaning | None] = {}  # found on first sight
        self.look_version = _digest(self.network.digest, weights.digest(TAG_FILE), PREPARING, FLOOR)
        self.version = _digest(self.look_version, vocabulary.digest, *_reasoning(settings))

    def feeds(self, views: Sequence[View]) -> dict[str, NDArray[np.float32]]:
        """What the network is given for `views`: its one input, a picture a row."""
        layout = Layout.of(self.network.session.inputs)
        return {layout.name: prepared([view.pixels("body", layout.side_px) for view in views], layout)}

    def look(self, views: Sequence[View]) -> list[Raw]:
        """Each view's tags with a score of at least FLOOR: `tags` uint32 (place in the list), `scores` float16."""
        output = next(iter(self.network.run(self.feeds(views)).values()))
        if output.shape != (len(views), len(self._tags)):
            raise WeightsError(
                f"{self.network.path}: output of shape {output.shape} found; {TAG_FILE} beside it lists "
                f"{len(self._tags)} tags: fetch the tagger again with `kyara models pull`"
            )
        if not (output.min() >= 0 and output.max() <= 1):  # NaN fails too
            raise ValueError(
                f"scores from {output.min()} to {output.max()}; probabilities are expected: "
                "export the network with its sigmoid, or choose another --precision"
            )
        kept = [np.flatnonzero(row >= FLOOR) for row in output]
        return [
            {"tags": places.astype(np.uint32), "scores": row[places].astype(np.float16)}
            for places, row in zip(kept, output, strict=True)
        ]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        """Tags from their threshold on (ratings always), best first; characters as hints; evidence by the tag map."""
        seen = self._seen(raw)
        said = [(meaning, p) for tag, p in seen.items() if (meaning := self._meaning(tag))]
        evidence = self._evidence(said, self._count(view, said), attributes)
        hints = dict.fromkeys(meaning.name for meaning, _ in said if meaning.category == "character" and meaning.name)
        return Reading(evidence, hints=tuple(hints), tags=ranked({tag.exported: p for tag, p in seen.items()}))

    def _seen(self, raw: Raw) -> dict[Tag, float]:
        """The tags that reach their threshold, best first."""
        floors = {"general": self._settings.general_threshold, "character": self._settings.character_threshold}
        scores = raw["scores"].astype(np.float64)
        pairs = [(self._tags[raw["tags"][i]], round(float(scores[i]), 4)) for i in np.argsort(-scores, kind="stable")]
        return {tag: p for tag, p in pairs if tag.name and p >= floors.get(tag.category, 0)}

    def _meaning(self, tag: Tag) -> Meaning | None:
        """What a tag says of a character. A tagger does not misspell, so none is read as a slip for another."""
        if tag not in self._meanings:
            meaning = None if tag.category == "rating" else self._lexicon.meaning(Written(tag.name, tag.category))
            self._meanings[tag] = None if meaning and meaning.score == MISSPELT else meaning
        return self._meanings[tag]

    def _count(self, view: View, said: Sequence[Said]) -> int:
        """How many characters share these tags: those in the crop by its own tags, those without a box anyhow."""
        cast = cast_of([meaning.count for meaning, p in said if meaning.count and p >= COUNTED])
        return max(1, cast.total if cast else 1, 1 if view.located else view.count)

    def _evidence(self, said: Sequence[Said], count: int, attributes: Collection[str]) -> tuple[Evidence, ...]:
        best: dict[str, dict[str, float]] = {}  # attribute → label → probability
        spans: dict[str, dict[str, None]] = {}
        for meaning, p in said:
            for attribute, label in meaning.claims:
                if attribute in attributes:
                    labels = best.setdefault(attribute, {})
                    labels[label] = max(labels.get(label, 0.0), p * meaning.score)
                    spans.setdefault(attribute, {})[meaning.tag] = None
        return tuple(
            Evidence.of(self, name, self._weighed(name, labels, count), spans[name]) for name, labels in best.items()
        )

    def _weighed(self, attribute: str, labels: Mapping[str, float], count: int) -> dict[str, float]:
        return weighed(self._vocabulary[attribute], labels, count, tag_facts().supersedes.get(attribute, {}))


def _keep_above_floor(settings: TaggerSettings) -> None:
    for name in ("general_threshold", "character_threshold"):
        if (given := getattr(settings, name)) < FLOOR:
            raise SettingsError(f"tagger.{name} {given} found; scores below {FLOOR} are not kept: give {FLOOR} or more")


def _reasoning(settings: TaggerSettings) -> list[object]:
    """Everything else that evidence depends on but the raw outputs: thresholds, weights, and the facts about tags."""
    facts = [files("kyara.extractors.tags").joinpath(name).read_bytes() for name in FACT_FILES]
    weights = (SAID, BY_TAIL, MISSPELT, AGAIN_ONE_OF, AGAIN_MANY_OF, MIXED, COUNTED)
    return [settings.general_threshold, settings.character_threshold, *weights, *facts]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
