"""A policy from what people reviewed: every sighting of which all was heard is an episode of whom to ask.

It goes on where a policy is in use: its extractors, costs and strategies stay, the fusion beside it too. The new policy
is used only where it plays better on held-out pictures. How evidence is fused is not learned here (learning.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from kyara.errors import FusionError, MissingExtraError
from kyara.fuse import Fuser, Learned
from kyara.fuse.cards import Play, Played
from kyara.fuse.examples import Example
from kyara.fuse.policy import learning as school
from kyara.fuse.policy.episodes import Tables, Walk, available_of, tabled, walked, worths_of
from kyara.fuse.policy.policy import Policy
from kyara.fuse.policy.state import EXTRACTORS, KINDS
from kyara.fuse.versions import InUse, Version, Versions
from kyara.recipes.learning import Lessons
from kyara.vocabulary import Vocabulary

FEWEST = 300  # sightings learned from: with fewer a network only learns them by heart
FEWEST_HELD_OUT = 50
MOST = 2_000  # sightings learned from; each is fused for every choice of extractors and strategies, 20 ms and more
_RULES = frozenset({"tags", "text"})  # these may have been asked and have said nothing

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Schooled:
    """What came of it: how both policies `played`, the `version` where one was kept, and why it is not in use."""

    played: Played | None
    version: Version | None
    held_back: str | None


def learn_to_ask(
    given: Lessons,
    vocabulary: Vocabulary,
    versions: Versions,
    keep: bool = True,
    lessons: school.Lessons | None = None,
    progress: Progress = lambda said: None,
) -> Schooled:
    """Learn a policy for the fusion in use, and judge it beside the policy in use. Takes minutes. What hinders it is
    said in `held_back`. Raises FusionError where a version cannot be kept."""
    present = versions.in_use(vocabulary)
    try:
        policy = _in_use(present, vocabulary)
        learning, held_out = (_whole(part, policy.made.costs) for part in (given.learning, given.held_out))
        _see_enough(learning, held_out)
        progress(f"playing through {min(len(learning), MOST) + len(held_out):,} sightings")
        tables, held = (_tables(part, vocabulary, policy, present.learned) for part in (learning[:MOST], held_out))
        plan = replace(lessons or school.Lessons(), cost_weight=policy.made.cost_weight)
        learnt = school.learn(tables, held, plan, lambda mark: progress(f"step {mark.step:,} of {plan.steps:,}"))
    except (FusionError, MissingExtraError) as error:
        return Schooled(None, None, str(error))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.onnx"
        school.write(learnt, vocabulary.digest, path)
        played = beside(Policy.load(path, vocabulary.digest), policy, held)
        held_back = None if played.own.reward > played.other.reward else "it plays no better than the one in use"
        if not keep:
            return Schooled(played, None, held_back)
        version = _kept(versions, present, played, path.read_bytes())
    if held_back is None:
        versions.use(version.name)
    return Schooled(played, version, held_back)


def beside(policy: Policy, other: Policy, held_out: Tables) -> Played:
    """Two policies on the same sightings, by the mean reward of the episodes, at the costs of the other.

    p is that of an exact sign test over the sightings that the two play differently.
    """
    from scipy.stats import binomtest

    weight = other.made.cost_weight
    own, others = (walked(held_out, one.decide, weight) for one in (policy, other))
    better, worse = int((own.rewards > others.rewards).sum()), int((own.rewards < others.rewards).sum())
    p = binomtest(better, better + worse).pvalue if better + worse else 1.0
    return Played(len(held_out), _play(own), _play(others), float(p))


def _play(walk: Walk) -> Play:
    return Play(*(round(float(x.mean()), 6) for x in (walk.rewards, walk.worths, walk.spent)))


def _in_use(present: InUse, vocabulary: Vocabulary) -> Policy:
    if present.policy is None:
        raise FusionError("no policy is in use to go on from; kyara fusion use takes a version with one")
    return Policy.load(present.policy, vocabulary.digest)


def _whole(examples: Sequence[Example], costs: Mapping[str, float]) -> list[Example]:
    """Those of which everybody spoke who could be asked: whoever was not asked would seem to have nothing to say."""
    available = available_of(examples, costs)
    found = []
    for example, there in zip(examples, available, strict=True):
        wanted = {name for name, here in zip(EXTRACTORS, there, strict=True) if here} - _RULES
        if wanted <= {item.extractor for item in example.evidence}:
            found.append(example)
    return found


def _see_enough(learning: Sequence[Example], held_out: Sequence[Example]) -> None:
    for part, fewest, what in ((learning, FEWEST, "to learn from"), (held_out, FEWEST_HELD_OUT, "held out")):
        if len(part) < fewest:
            raise FusionError(
                f"of {len(part)} reviewed sightings {what} every extractor was heard that the policy may ask, {fewest} "
                "are needed; describe more with all of them, kyara review next asks for more decisions"
            )


def _tables(examples: Sequence[Example], vocabulary: Vocabulary, policy: Policy, learned: Learned | None) -> Tables:
    fuser = Fuser(vocabulary, kinds=KINDS, learned=learned)
    stops, costs = policy.stops(learned is not None), policy.made.costs
    return tabled(examples, vocabulary, costs, worths_of(examples, costs, stops, fuser), stops)


def _kept(versions: Versions, present: InUse, played: Played, network: bytes) -> Version:
    """The fusion in use with another policy."""
    card = versions.named(present.name).card
    assert card is not None, "it was loaded"
    assert present.learned is not None, "it has a policy"
    fresh = replace(card, parent=present.name, played=played, at=0.0)
    return versions.add(present.learned, fresh, network)
