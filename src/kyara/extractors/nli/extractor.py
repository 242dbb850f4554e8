"""The extractor itself: every hypothesis of the attributes still open against a text, in one go; then pure arithmetic.

The logits of an attribute's hypotheses are remembered on their own (flow.Asker), so that a text of which little is open
costs little, and a changed attribute is asked again alone. Where networks run is not decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from kyara.extractors.language.export import LOGITS, check, network_of
from kyara.extractors.language.passages import of_view, passages, passages_version
from kyara.extractors.language.rows import Feeds, answer, padded, runs
from kyara.extractors.language.tokens import TextTokens
from kyara.extractors.nli.classes import classes_of
from kyara.extractors.nli.hypotheses import hypotheses_of
from kyara.extractors.nli.judging import DIGITS, LEAST, SPOKEN, judged
from kyara.extractors.text.account import Said
from kyara.flow import NOTHING, Kind, Raw, Reading, View
from kyara.records import Evidence, ranked
from kyara.vocabulary import Vocabulary
from kyara.weights import Model, Runtime, Weights

Pair = tuple[str, str]  # premise, hypothesis


class NliExtractor:
    """Zero-shot evidence on every attribute of the vocabulary. Safe to call from several threads."""

    name = "nli"
    inputs: frozenset[Kind] = frozenset({"text"})
    batch_size = 8  # a text takes seconds, and what is in flight at a kill is lost
    cost = 15_000.0

    def __init__(self, vocabulary: Vocabulary, weights: Weights, runtime: Runtime, folder: Path) -> None:
        """`folder` keeps an exported network. Loads no network.

        Raises WeightsError for a model that knows no entailment, MissingWeightsError where files are missing, and
        MissingExtraError where only an export could make the network and torch is not installed.
        """
        self._weights, self._folder = weights, folder
        self._runtime = runtime.full if runtime.backend == "torch" else runtime
        self._classes = classes_of(weights)
        self._tokens = TextTokens(weights)
        self._vocabulary = vocabulary
        self._hypotheses = {one.name: hypotheses_of(one) for one in vocabulary.attributes}
        self._lock = RLock()
        check(weights)

    @property
    def network(self) -> Model:
        """The network; exported first where there is no ONNX file of it."""
        with self._lock:
            return self._network

    @cached_property
    def look_version(self) -> str:
        return _digest(self.network.digest, self._tokens.digest, passages_version())

    @cached_property
    def version(self) -> str:
        return _digest(self.look_version, self._hypotheses, self._classes, SPOKEN, LEAST, DIGITS)

    def question(self, attribute: str) -> str:
        """A digest of the hypotheses that a look for `attribute` asks about."""
        return _digest(self._hypotheses[attribute])

    def look(self, views: Sequence[View]) -> list[Raw]:
        """For each attribute that is asked of a view (all where it names none) logits float32 (people, labels,
        classes), of one person where the text tells of nobody in particular."""
        asked = [[name for name in self._hypotheses if view.asked is None or name in view.asked] for view in views]
        grids = [[self._grid(view, name) for name in names] for view, names in zip(views, asked, strict=True)]
        pairs = list(dict.fromkeys(pair for some in grids for grid in some for row in grid for pair in row))
        logits = dict(zip(pairs, self._logits(pairs), strict=True))

        def answers(grid: Sequence[Sequence[Pair]]) -> NDArray[np.float32]:
            return np.array([[logits[pair] for pair in row] for row in grid], np.float32)

        return [dict(zip(names, map(answers, some), strict=True)) for names, some in zip(asked, grids, strict=True)]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        """Evidence on those of `attributes` of which the text speaks, with the denials of many-of labels."""
        account: list[dict[str, Said]] = [{} for _ in passages(view.text or "")]
        for attribute in self._vocabulary.attributes:
            if attribute.name in attributes and attribute.name in raw:
                for said, logits in zip(account, raw[attribute.name], strict=True):
                    scores = judged(logits, self._classes, attribute.label_names, attribute.one_of)
                    if scores:
                        said[attribute.name] = Said(scores, ())
        if not any(account):
            return NOTHING
        found = of_view(tuple(account), view)
        return Reading(
            tuple(
                [
                    Evidence(self.name, self.version, name, ranked(said.scores), said.span)
                    for name, said in found.items()
                ]
            )
        )

    def feeds(self, views: Sequence[View]) -> Feeds:
        """What int8 is calibrated on: of each text one pair, with a hypothesis that the text decides, in rows of one
        length."""
        hypotheses = [one for some in self._hypotheses.values() for one in some]
        said = [passage for view in views for passage in passages(view.text or "")[:1]]
        pairs = [(text, hypotheses[crc32(text.encode()) % len(hypotheses)]) for text in said]
        rows = self._tokens(pairs)
        feeds = padded(rows, max((len(row.ids) for row in rows), default=0), self._tokens.pad)
        return {name: feeds[name] for name in self.network.session.inputs}

    def _grid(self, view: View, attribute: str) -> list[list[Pair]]:
        """Each person's passage with each label's hypothesis."""
        return [
            [(said, hypothesis) for hypothesis in self._hypotheses[attribute]] for said in passages(view.text or "")
        ]

    def _logits(self, pairs: Sequence[Pair]) -> list[NDArray[np.generic]]:
        """(classes,) for each pair."""
        found: dict[int, NDArray[np.generic]] = {}
        for places, feeds in runs(self._tokens(pairs), self._tokens.pad) if pairs else ():
            found |= zip(places, answer(self.network, feeds, (LOGITS,)), strict=True)
        return [found[place] for place in range(len(pairs))]

    @cached_property
    def _network(self) -> Model:
        return Model(network_of(self._weights, "classifier", self._folder), self._runtime)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
