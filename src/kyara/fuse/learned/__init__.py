"""Learned fusion: honest probabilities of every extractor, pooled by weights that follow the context, made honest too.

One-of attributes it was taught are pooled (or stacked); all others are left to `confidence-weighted`, and extractors it
never heard have the prior weight. Made by `fitting.fit`, kept as one JSON file, pure like every fusion.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from kyara.errors import FusionError
from kyara.fuse.answers import one_answer
from kyara.fuse.examples import About
from kyara.fuse.learned.calibration import AS_IT_IS, Calibration
from kyara.fuse.learned.dense import Dense, Floats
from kyara.fuse.learned.loglinear import PRIOR, Weights, softmax
from kyara.fuse.learned.risk import Risk
from kyara.fuse.learned.stacking import Stack
from kyara.fuse.pooling import Chances, Question, spoken, which
from kyara.fuse.strategies import Options
from kyara.records import Evidence, Value
from kyara.results.atomic import write_atomically
from kyara.vocabulary import Vocabulary

NAMES = ("pooling", "stacking")
FILE = "fusion.json"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Taught:
    """What was learned of one attribute. `before` calibrates each extractor, `after` and `risk` each way of fusing.

    `unseen` labels were never true in an example: nothing was learned of who names them.
    """

    labels: tuple[str, ...]
    unseen: frozenset[str]
    before: tuple[Calibration, ...]
    pooling: Weights
    stacking: Stack | None
    after: Mapping[str, Calibration]
    risk: Mapping[str, Risk]

    def raw(self, name: str, chances: Floats, speaks: Any, contexts: Floats) -> Floats:
        """Fused (N, L) as it comes, of calibrated chances (N, E, L)."""
        if name == "stacking" and self.stacking is not None:
            return self.stacking(chances, self.pooling.trust(speaks, contexts))
        return self.pooling(chances, speaks, contexts)

    def honest(self, chances: Floats) -> Floats:
        """Chances (N, E, L) of the extractors, each as its calibration has them."""
        return np.stack([calibrate(chances[:, i]) for i, calibrate in enumerate(self.before)], axis=1)


@dataclass(frozen=True)
class Learned:
    """A learned fusion. `vocabulary` is the digest of the one it was taught in, `extractors` whom it heard.

    `always` are those who spoke in every example: where none of them does it was not meant to judge, and is only
    asked by name. `best` of NAMES was right most often on examples that did not teach it.
    """

    vocabulary: str
    extractors: tuple[str, ...]
    taught: Mapping[str, Taught]
    always: frozenset[str] = frozenset()
    best: str = NAMES[0]
    told: Mapping[str, Any] = field(default_factory=dict)  # how it was made, in words for people

    @cached_property
    def version(self) -> str:
        """A digest of all that its answers depend on."""
        table = self._table() | {"told": None}
        return hashlib.sha256(orjson.dumps(table)).hexdigest()[:12]

    def pooled(self, name: str, dense: Dense) -> dict[str, Floats]:
        """The fused distributions (N, L) of every taught attribute, for many sightings at once."""
        honest = self._honest(dense)
        contexts = honest.contexts(self.taught)
        found = {}
        for attribute, taught in self.taught.items():
            raw = taught.raw(name, honest.chances[attribute], honest.speaks[attribute], contexts[attribute])
            found[attribute] = taught.after.get(name, AS_IT_IS)(raw)
        return found

    def suits(self, evidence: Iterable[Evidence]) -> bool:
        """True where somebody speaks who always did, or nobody always did."""
        return not self.always or not self.always.isdisjoint({item.extractor for item in evidence})

    def hears(self, evidence: Sequence[Evidence], vocabulary: Vocabulary, about: About) -> Hearing:
        """One sighting's evidence, ready to be fused attribute by attribute."""
        return Hearing(self, vocabulary, Dense.of([(evidence, about)], vocabulary, self.extractors))

    def save(self, folder: Path) -> None:
        """Write FILE into `folder`, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / FILE, self._write)

    @classmethod
    def load(cls, folder: Path, vocabulary: Vocabulary) -> Learned:
        """From FILE in `folder`. Raises FusionError where it is missing, broken, or made for other labels."""
        path = folder / FILE
        try:
            table = orjson.loads(path.read_bytes())
            if table["schema"] != SCHEMA:
                raise FusionError(f"{path} has schema {table['schema']}, this Kyara reads {SCHEMA}; learn it anew")
            taught = {name: _parsed(part, len(table["extractors"])) for name, part in table["taught"].items()}
            best = NAMES[NAMES.index(table["best"])]
            always = frozenset(map(str, table["always"]))
            extractors = tuple(map(str, table["extractors"]))
            found = cls(str(table["vocabulary"]), extractors, taught, always, best, dict(table["told"]))
        except OSError as error:
            raise FusionError(
                f"{path} cannot be read: {error.strerror}; kyara fusion list shows what there is"
            ) from error
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise FusionError(f"{path} is broken ({error}); kyara fusion use goes to another version") from error
        for name, part in taught.items():
            if name not in vocabulary or vocabulary[name].label_names != part.labels:
                raise FusionError(f"{path} was learned for other labels of {name}; learn it anew: kyara fusion learn")
        return found

    def _write(self, path: Path) -> None:
        path.write_bytes(orjson.dumps(self._table(), option=orjson.OPT_INDENT_2))

    def _honest(self, dense: Dense) -> Dense:
        for attribute, taught in self.taught.items():
            dense = dense.with_chances(attribute, taught.honest(dense.chances[attribute]))
        return dense

    def _table(self) -> dict[str, Any]:
        taught = {name: _plain(part) for name, part in self.taught.items()}
        return {
            "schema": SCHEMA, "vocabulary": self.vocabulary, "extractors": list(self.extractors),
            "always": sorted(self.always), "best": self.best, "told": dict(self.told), "taught": taught,
        }  # fmt: skip


@dataclass(frozen=True)
class Hearing:
    """The evidence of one sighting as a learned fusion hears it."""

    learned: Learned
    vocabulary: Vocabulary
    dense: Dense

    def knows(self, attribute: str, group: Iterable[Evidence]) -> bool:
        """True where it was taught the attribute, and the first choice of everybody."""
        taught = self.learned.taught.get(attribute)
        if taught is None:
            return False
        return not any(item.scores and item.scores[0][0] in taught.unseen for item in group)

    def value(self, name: str, attribute: str, group: Sequence[Evidence], options: Options) -> Value:
        """The answer for an attribute it knows; below the bar, or with too much risk, it abstains."""
        bar = options.min_confidence
        if options.max_risk is not None:
            bar = max(bar, self.learned.taught[attribute].risk.get(name, Risk()).bar(options.max_risk))
        question = which(self.vocabulary[attribute], spoken(self.vocabulary[attribute], group))
        return one_answer(attribute, question, lambda q: self._chances(name, attribute, q), lambda ask, label: bar)

    @cached_property
    def _pooled(self) -> dict[str, dict[str, Floats]]:
        return {}

    def _chances(self, name: str, attribute: str, question: Question) -> Chances:
        if name not in self._pooled:
            self._pooled[name] = self.learned.pooled(name, self.dense)
        fused = self._pooled[name][attribute][0]
        strange = [np.array(o.chances) for o in question.opinions if o.extractor not in self.learned.extractors]
        if strange:
            logs = np.log(np.maximum(fused, 1e-4)) + PRIOR * sum(np.log(np.maximum(p, 1e-4)) for p in strange)
            fused = softmax(logs)
        return tuple(fused.tolist())


def _plain(taught: Taught) -> dict[str, Any]:
    stack = taught.stacking
    return {
        "labels": list(taught.labels),
        "unseen": sorted(taught.unseen),
        "before": [asdict(one) for one in taught.before],
        "pooling": {"context": _rounded(taught.pooling.context), "bias": _rounded(taught.pooling.bias)},
        "stacking": None if stack is None else {"weights": _rounded(stack.weights), "bias": _rounded(stack.bias)},
        "after": {name: asdict(one) for name, one in taught.after.items()},
        "risk": {name: asdict(one) for name, one in taught.risk.items()},
    }


def _parsed(table: dict[str, Any], extractors: int) -> Taught:
    labels = tuple(map(str, table["labels"]))
    weights = Weights(np.array(table["pooling"]["context"], float), np.array(table["pooling"]["bias"], float))
    stack = table["stacking"]
    stacking = None if stack is None else Stack(np.array(stack["weights"], float), np.array(stack["bias"], float))
    before = tuple(Calibration.parsed(one) for one in table["before"])
    context = weights.context.shape
    features = extractors * (len(labels) + 1)
    if context[0] != extractors or len(before) != extractors or weights.bias.shape != (len(labels),):
        raise ValueError("weights of another number of extractors or labels")
    if stacking is not None and stacking.weights.shape != (features, len(labels)):
        raise ValueError("a stack of other extractors or labels")
    after = {name: Calibration.parsed(one) for name, one in table["after"].items()}
    risk = {name: Risk(tuple(one["confidences"]), tuple(one["risks"])) for name, one in table["risk"].items()}
    return Taught(labels, frozenset(table["unseen"]), before, weights, stacking, after, risk)


def _rounded(values: Floats) -> list[Any]:
    found: list[Any] = np.round(values, 5).tolist()
    return found
