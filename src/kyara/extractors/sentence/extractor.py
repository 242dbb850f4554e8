"""The extractor itself: one vector a clause of the text, then pure arithmetic against the vocabulary's phrases.

The clauses' vectors are all that the cache holds, so another vocabulary costs no pass. Where networks run is not
decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import RLock

import numpy as np

from kyara.extractors.language.passages import of_view, passages, passages_version
from kyara.extractors.sentence.clauses import CUT, units
from kyara.extractors.sentence.encoder import Encoder
from kyara.extractors.sentence.likeness import HEARD, PRIORS, Likeness
from kyara.extractors.sentence.phrases import Matrix, phrases_of
from kyara.extractors.text.account import Said
from kyara.flow import NOTHING, Kind, Raw, Reading, View
from kyara.records import Evidence, ranked
from kyara.vocabulary import Vocabulary
from kyara.weights import Runtime, Weights


class SentenceExtractor:
    """Zero-shot evidence on every attribute that a clause speaks of, with that clause. Safe to call from several
    threads."""

    name = "sentence"
    inputs: frozenset[Kind] = frozenset({"text"})
    batch_size = 64
    cost = 4.0

    def __init__(self, vocabulary: Vocabulary, weights: Weights, runtime: Runtime, folder: Path) -> None:
        """`folder` keeps an exported network and encoded phrases. Loads no network.

        Raises WeightsError for a model whose vectors are made in a way unknown here, MissingWeightsError where files
        are missing, and MissingExtraError where only an export could make the network and torch is not installed.
        """
        self.encoder = Encoder(weights, runtime, folder)
        self._folder = folder
        self._phrases = phrases_of(vocabulary)
        self._likeness = Likeness(self._phrases.questions)
        self._lock = RLock()

    @cached_property
    def look_version(self) -> str:
        return _digest(self.encoder.digest, passages_version(), CUT)

    @cached_property
    def version(self) -> str:
        return _digest(self.look_version, self._phrases, PRIORS)

    def look(self, views: Sequence[View]) -> list[Raw]:
        """`vectors` float16 (clauses, d), unit rows: of all passages of the text, one after the other."""
        told = [_clauses(view) for view in views]
        texts = dict.fromkeys(unit for of_people in told for units in of_people for unit in units)
        vectors = dict(zip(texts, self.encoder(list(texts)), strict=True))
        return [
            {"vectors": np.array([vectors[unit] for units in of_people for unit in units], np.float16)}
            for of_people in told
        ]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        """Evidence on those of `attributes` of which a clause speaks; its span are the clauses. And of which of them no
        clause comes near to speaking."""
        told = _clauses(view)
        if not any(told):
            return NOTHING
        cosines = iter(raw["vectors"].astype(np.float32) @ self._texts.T)
        heard = [(clauses, np.array(list(islice(cosines, len(clauses))))) for clauses in told]
        people = [(clauses, self._likeness(some, attributes) if clauses else {}) for clauses, some in heard]
        account = tuple(
            {
                name: Said(one.scores, tuple(clauses[i] for i in one.clauses))
                for name, one in by_name.items()
                if one.scores
            }
            for clauses, by_name in people
        )
        said = of_view(account, view) if any(account) else {}
        evidence = [Evidence(self.name, self.version, name, ranked(one.scores), one.span) for name, one in said.items()]
        loud = {name for _, by_name in people for name, one in by_name.items() if one.loudest >= HEARD}
        return Reading(tuple(evidence), silent=frozenset(attributes) - loud)

    @property
    def _texts(self) -> Matrix:
        with self._lock:
            return self._matrix

    @cached_property
    def _matrix(self) -> Matrix:
        return self._phrases.matrix(self.encoder, self._folder)


def _clauses(view: View) -> list[tuple[str, ...]]:
    """For each person of the text its clauses."""
    return [units(passage) for passage in passages(view.text or "")]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
