"""Fusion: what the extractors say of one sighting in, one Value per attribute out. No I/O, no model, no clock.

Three things plug in here. *Calibration* is `Fuser.calibrate`, a pure function from raw evidence to evidence whose
scores are honest probabilities; it is applied to each evidence before pooling. A *strategy of one's own* is a function
given as `Fuser.strategy` in place of a name. *Learned fusion* (`fuse.learned`) adds the names pooling and stacking.
Whom to ask is decided before fusion, by the recipe step that calls the extractors: this room sees what was gathered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kyara.errors import SettingsError
from kyara.flow import Extractor, Kind
from kyara.fuse.examples import UNKNOWN, About
from kyara.fuse.learned import NAMES as LEARNED
from kyara.fuse.learned import Hearing, Learned
from kyara.fuse.pooling import EvidenceError, checked
from kyara.fuse.strategies import (
    STRATEGIES,
    Options,
    Strategy,
    confidence_weighted,
    strategy_named,
    tag_priority,
    vision_priority,
)
from kyara.records import Evidence, Value
from kyara.vocabulary import Vocabulary

__all__ = [
    "AUTO",
    "LEARNED",
    "STRATEGIES",
    "Calibrate",
    "EvidenceError",
    "Fuser",
    "Learned",
    "Options",
    "Strategy",
    "kinds_of",
    "strategy_named",
]

Calibrate = Callable[[Evidence], Evidence]  # pure; looks at extractor, version, attribute, scores; not at the span

AUTO = "auto"
_MEMO_LIMIT = 16_384  # values remembered, about 1 to 2 KB each


def kinds_of(extractors: Iterable[Extractor]) -> dict[str, Kind]:
    """What each extractor reads, for the priority strategies: one that looks at pixels at all counts as pixels."""
    order: tuple[Kind, ...] = ("pixels", "tags", "text")
    return {e.name: next(kind for kind in order if kind in e.inputs) for e in extractors if e.inputs}


@dataclass(frozen=True, slots=True, eq=False)
class Fuser:
    """Fuses the evidence of one sighting: `values = fuser(sighting.evidence, About.of(sample))`.

    `strategy` is one of the six names, or of LEARNED where there is a `learned` fusion, or any function of the six's
    signature; a call may name another. AUTO is the learned fusion's best way where it was taught to judge such
    evidence, else "confidence-weighted"; so is what a learned fusion was not taught. `kinds` is needed
    by the priority strategies (`kinds_of(extractors)`). Safe to share between threads. Values that no pixels speak for
    are remembered by what the evidence says: over tags the same few thousand statements come again and again.
    Raises SettingsError at construction, EvidenceError when called with evidence that breaks its contract.
    """

    vocabulary: Vocabulary
    strategy: str | Strategy = "confidence-weighted"
    min_confidence: float = 0.5
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    calibrate: Calibrate | None = None
    learned: Learned | None = None
    max_risk: float | None = None
    _default: str | Strategy = field(init=False, repr=False)
    _options: Options = field(init=False, repr=False)
    _memo: dict[object, Value] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_default", self._chosen(self.strategy))
        object.__setattr__(self, "_options", Options(self.min_confidence, dict(self.kinds), self.max_risk))

    def __call__(
        self, evidence: Sequence[Evidence], about: About = UNKNOWN, strategy: str | None = None
    ) -> tuple[Value, ...]:
        """One value per attribute that any evidence speaks of, in the order of the vocabulary."""
        groups: dict[str, list[Evidence]] = {}
        for item in evidence:
            groups.setdefault(item.attribute, []).append(item)
        chosen = self._chosen(strategy) if strategy else self._default
        heard = None
        if self.learned is not None:
            if chosen == AUTO and self.learned.suits(evidence):
                chosen = self.learned.best
            if chosen in LEARNED:
                heard = self.learned.hears(evidence, self.vocabulary, about)
        values = [self._value(name, groups[name], chosen, heard) for name in self.vocabulary.names if name in groups]
        if len(values) < len(groups):
            raise _unknown_attribute(self.vocabulary, evidence)
        return tuple(values)

    def _chosen(self, strategy: str | Strategy) -> str | Strategy:
        """The strategy, if it can be used here. Raises SettingsError."""
        if strategy == AUTO:
            return strategy
        if strategy in LEARNED:
            if self.learned is None:
                raise SettingsError(f"fusion {strategy!r} must be learned first; kyara fusion learn does it")
            return strategy
        chosen = strategy_named(strategy) if isinstance(strategy, str) else strategy
        if chosen in (tag_priority, vision_priority) and not self.kinds:
            raise SettingsError(f"fusion {strategy!r} must know what each extractor reads; give kinds=kinds_of(…)")
        return chosen

    def _value(self, name: str, group: list[Evidence], chosen: str | Strategy, heard: Hearing | None) -> Value:
        if heard is not None and heard.knows(name, group):
            assert isinstance(chosen, str)
            return heard.value(chosen, name, group, self._options)
        plain = confidence_weighted if isinstance(chosen, str) else chosen
        if any(self.kinds.get(item.extractor) == "pixels" for item in group):
            return self._fused(name, group, plain)  # no two pictures give the same scores
        # spans differ, statements not
        key = (plain, name, *[(item.extractor, item.version, item.scores) for item in group])
        try:
            value = self._memo.get(key)
        except TypeError:  # unhashable scores: `checked` says whose and why
            value = None
        if value is None:
            value = self._fused(name, group, plain)
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            self._memo[key] = value
        return value

    def _fused(self, name: str, group: list[Evidence], strategy: Strategy) -> Value:
        attribute = self.vocabulary[name]
        if self.calibrate is not None:
            for item in group:
                checked(attribute, item)
            group = [self.calibrate(item) for item in group]
        return strategy(attribute, group, self._options)


def _unknown_attribute(vocabulary: Vocabulary, evidence: Sequence[Evidence]) -> EvidenceError:
    item = next(item for item in evidence if item.attribute not in vocabulary)
    known = ", ".join(vocabulary.names)
    return EvidenceError(f"extractor {item.extractor!r}: attribute {item.attribute!r} is unknown; choose from {known}")
