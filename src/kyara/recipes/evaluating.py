"""Judges who answers best, from the same evidence: extractors alone, every strategy, learned fusion, or anybody else.

`evaluate` runs the recipe once over a table of labelled samples; `judged` takes examples from anywhere, benchmarks
too. What the scores mean is told in docs/evaluation.md and held in kyara.evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import NamedTuple

import numpy as np

from kyara.errors import SettingsError, SourceError
from kyara.evaluation.bootstrap import Draws, draws
from kyara.evaluation.comparing import Comparison, compared, in_first_arm
from kyara.evaluation.labels import Labels
from kyara.evaluation.outcomes import Outcomes, Places, outcomes, together
from kyara.evaluation.table import ALL, Cost, Row, Table, cells
from kyara.fuse import AUTO, LEARNED, STRATEGIES, Fuser
from kyara.fuse.examples import Example
from kyara.fuse.policy.policy import Policy
from kyara.recipes.labelled import Labelled, examples_of, lightened
from kyara.recipes.replaying import replayed
from kyara.recipes.run import Job, run_here
from kyara.recipes.timing import Price, Timing
from kyara.records import Value
from kyara.scale.local import Watch
from kyara.vocabulary import Vocabulary

ALONE = "confidence-weighted"  # of one opinion it makes that opinion
POLICY = "policy"  # what --ask learned does
BY_LEARNING = (*LEARNED, AUTO, POLICY)
Told = Callable[[str, int, int], None]  # (who is judged now, how many are done, of how many)


def _silent(name: str, done: int, of: int) -> None:
    pass


class Judge(NamedTuple):
    """Somebody to be judged: answers of an example, what they cost, and what he is (for the table)."""

    decide: Callable[[Example], tuple[Value, ...]]
    cost: Cost = Cost()
    kind: str = "fusion"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to judge: `bootstrap` draws (0: no intervals) from `seed`; `max_risk` asks for the coverage within it."""

    bootstrap: int = 1000
    seed: int = 0
    max_risk: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The table, and the outcomes it was made of by name and attribute, for comparisons of two."""

    table: Table
    parts: Mapping[str, Mapping[str, Outcomes]]
    keys: tuple[str, ...]  # of the samples, in the order of their units
    drawn: Draws

    def compare(self, a: str, b: str) -> dict[str, Comparison]:
        """A against B over all and for each attribute. Raises SettingsError for somebody who was not judged."""
        for name in (a, b):
            if name not in self.parts:
                raise SettingsError(f"{name!r} was not judged; choose two of {', '.join(self.parts)}")
        first = in_first_arm(self.keys)
        own, other = ({ALL: together(list(self.parts[name].values())), **self.parts[name]} for name in (a, b))
        return {name: compared(own[name], other[name], first, self.drawn) for name in own}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to judge and how: `fusions` by name (all there are without), a `policy` of whom to ask where there is one,
    and the `pair` to compare, of any names."""

    fusions: Sequence[str] = ()
    policy: Policy | None = None
    pair: tuple[str, str] | tuple[()] = ()
    plan: Plan = Plan()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was said of a labelled table: examples, what each extractor costs, how many samples were described, and
    who fuses in that run."""

    labelled: Labelled
    prices: Mapping[str, Price]
    described: int
    fuser: Fuser


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What judging came to."""

    judged: Judged
    comparisons: Mapping[str, Comparison]


def judged(
    examples: Sequence[Example],
    judges: Mapping[str, Judge],
    vocabulary: Vocabulary,
    plan: Plan = Plan(),
    told: Told = _silent,
) -> Judged:
    """Everybody on the same examples, with intervals from the same draws.

    Examples with one key are one sample: they are drawn together. Raises SourceError where nothing is labelled.
    """
    attributes = [name for name in vocabulary.names if any(name in example.truth for example in examples)]
    if not attributes:
        raise SourceError(f"none of {len(examples)} examples has a true label; label at least one attribute")
    keys = {key: i for i, key in enumerate(dict.fromkeys(example.key for example in examples))}
    units = np.array([keys[example.key] for example in examples], np.int64)
    drawn = draws(len(keys), plan.bootstrap, plan.seed)
    rows, parts = list[Row](), dict[str, Mapping[str, Outcomes]]()
    for done, (name, judge) in enumerate(judges.items()):
        told(name, done, len(judges))
        parts[name] = fared(examples, judge, vocabulary, attributes, units)
        rows.append(Row(name, judge.kind, judge.cost, cells(parts[name], drawn, plan.max_risk)))
    return Judged(Table(tuple(rows), tuple(attributes), len(keys), plan.max_risk), parts, tuple(keys), drawn)


def fared(
    examples: Sequence[Example], judge: Judge, vocabulary: Vocabulary, attributes: Iterable[str], units: Places
) -> dict[str, Outcomes]:
    """How one judge fares on the labels of each attribute; `units` say which sample each example belongs to."""
    values = [{value.attribute: value for value in judge.decide(example)} for example in examples]
    found = {}
    for name in attributes:
        there = [i for i, example in enumerate(examples) if name in example.truth]
        said, truths = [values[i].get(name) for i in there], [examples[i].truth[name] for i in there]
        found[name] = outcomes(vocabulary[name], said, truths, units[there])
    return found


def judges_of(fuser: Fuser, costs: Mapping[str, Cost], fusions: Sequence[str]) -> dict[str, Judge]:
    """Every extractor that `fuser` knows the kind of alone, then these fusions of all of them, set as `fuser` is."""
    judges = {name: _alone(name, fuser, costs.get(name, Cost())) for name in fuser.kinds}
    known = [costs.get(name, Cost()) for name in fuser.kinds]
    whole = Cost(_sum([cost.calls for cost in known]), _sum([cost.seconds for cost in known]))
    return judges | {name: _together(name, fuser, whole) for name in fusions}


def _alone(name: str, fuser: Fuser, cost: Cost) -> Judge:
    def decide(example: Example) -> tuple[Value, ...]:
        own = [item for item in example.evidence if item.extractor == name]
        return fuser(own, example.about, ALONE)

    return Judge(decide, cost, "extractor")


def _together(name: str, fuser: Fuser, cost: Cost) -> Judge:
    kind = "learned" if name in BY_LEARNING else "strategy"
    return Judge(lambda example: fuser(example.evidence, example.about, name), cost, kind)


def judge_of(policy: Policy, examples: Sequence[Example], fuser: Fuser, costs: Mapping[str, Cost]) -> Judge:
    """A policy on these very examples: it asks whom it wants to, fuses what it heard, and costs what it asked."""
    replay = replayed(policy, examples, fuser)
    answered = zip(replay.heard, replay.strategies, strict=True)
    played = {id(one): answer for one, answer in zip(examples, answered, strict=True)}
    spent = [_part(costs.get(name, Cost()), share) for name, share in replay.asked.items() if share]
    cost = Cost(_sum([one.calls for one in spent]), _sum([one.seconds for one in spent]))

    def decide(example: Example) -> tuple[Value, ...]:
        heard, strategy = played[id(example)]
        return fuser(heard, example.about, strategy)

    return Judge(decide, cost, "learned")


def _part(cost: Cost, share: float) -> Cost:
    return Cost(*(None if part is None else part * share for part in (cost.calls, cost.seconds)))


def _sum(parts: Sequence[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def gather(job: Job, labels: Labels, stop: Event, watch: Watch) -> Gathered:
    """Run the recipe of `job` once over the samples, everybody asked about everything.

    Raises SourceError where no sample with a label could be described.
    """
    recipe = job.recipe
    recipe.ordering.until = recipe.ordering.policy = None
    recipe.steps = (*recipe.steps, lightened)
    timing = Timing(recipe)
    samples = run_here(job, stop, watch)
    labelled = examples_of(samples, labels)
    if not labelled.examples:
        raise SourceError(f"{job.source.name}: {_why_nothing(labelled)}")
    return Gathered(labelled, timing.prices(), sum(sample.skip is None for sample in samples), recipe.fuser)


def evaluate(gathered: Gathered, wanted: Wanted, told: Told = _silent) -> Evaluation:
    """Judge on what was gathered. Raises SettingsError for fusions that cannot be judged."""
    fuser, examples = gathered.fuser, gathered.labelled.examples
    fusions = chosen_fusions(wanted, fuser)
    costs = {name: _cost(price, gathered.described) for name, price in gathered.prices.items()}
    judges = judges_of(fuser, costs, [name for name in fusions if name != POLICY])
    if wanted.policy is not None and POLICY in fusions:
        judges[POLICY] = judge_of(wanted.policy, examples, fuser, costs)
    plan = replace(wanted.plan, max_risk=fuser.max_risk)
    found = judged(examples, judges, fuser.vocabulary, plan, told)
    return Evaluation(found, found.compare(*wanted.pair) if wanted.pair else {})


def chosen_fusions(wanted: Wanted, fuser: Fuser) -> list[str]:
    """The fusions to judge, those to be compared among them. Raises SettingsError for what is unknown."""
    learned = (*LEARNED, AUTO) if fuser.learned is not None else ()
    there, extractors = [*STRATEGIES, *learned, *([POLICY] if wanted.policy else ())], list(fuser.kinds)
    chosen = [*(wanted.fusions or there), *(name for name in wanted.pair if name not in extractors)]
    for name in chosen:
        if name not in there:
            why = "none such was learned (kyara fusion list)" if name in BY_LEARNING else "it is unknown"
            named = [*extractors, *there] if name in wanted.pair else there
            raise SettingsError(f"{name!r} cannot be judged: {why}; choose from {', '.join(named)}")
    return [name for name in there if name in chosen]


def _cost(price: Price, samples: int) -> Cost:
    a_sample = price.views / max(1, samples)
    return Cost(a_sample, None if price.seconds is None else a_sample * price.seconds)


def _why_nothing(labelled: Labelled) -> str:
    reasons = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in labelled.skipped.most_common())
    if reasons:
        return f"no labelled sample could be described ({reasons}); kyara extract says why of each"
    fault = next(iter(labelled.faults.items()), None)
    first = f"; row {fault[0]}: {fault[1]}" if fault else ""
    return f"no row has a label ({labelled.unlabelled} without, {len(labelled.faults)} faulty); label some{first}"
