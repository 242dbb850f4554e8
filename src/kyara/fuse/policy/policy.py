"""A trained policy at run time: states in, actions out, by a small ONNX network on one thread.

The file says itself what it was made for: layout, vocabulary, actions, whom it has learned to ask at which cost. How
it was trained is not known here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kyara.errors import FusionError, WeightsError
from kyara.fuse.learned import NAMES as LEARNED
from kyara.fuse.policy.actions import ACTIONS
from kyara.fuse.policy.opinions import Bools
from kyara.fuse.policy.state import SIZE, STATE_VERSION, States
from kyara.weights import Runtime
from kyara.weights.on_onnxruntime import opened

INPUT, OUTPUT, METADATA = "state", "worth", "kyara"
_REMEDY = "learn a new one with `kyara fusion learn`, or go back to another with `kyara fusion use`"

FREE = 0.5  # whose cost, about milliseconds, is below is asked in any case: tags and text


@dataclass(frozen=True, slots=True)
class Made:
    """What a policy was made for and from. `costs` are those it learned with, by extractor it may ask."""

    vocabulary: str
    costs: Mapping[str, float]
    stops: tuple[str, ...]
    cost_weight: float
    state_version: int = STATE_VERSION
    actions: tuple[str, ...] = ACTIONS

    @property
    def extractors(self) -> tuple[str, ...]:
        """Whom it has learned to ask."""
        return tuple(self.costs)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """Decides for batches of sightings; safe to call from several threads. `version` is a digest of the file."""

    made: Made
    version: str
    _session: Any

    @classmethod
    def load(cls, path: Path, vocabulary: str) -> Policy:
        """The policy at `path` for the vocabulary of that digest.

        Raises FusionError where the file is absent or broken, or made for another vocabulary, layout or set of actions.
        """
        try:
            network = path.read_bytes()
        except OSError as error:
            raise FusionError(f"policy {path}: {error.strerror}; {_REMEDY}") from error
        try:
            session = opened(network, Runtime())
        except WeightsError as error:
            raise FusionError(f"policy {path}: not an ONNX network that can be read; {_REMEDY}") from error
        policy = cls(_made(session, path), hashlib.sha256(network).hexdigest()[:16], session)
        for what, found, wanted in (
            ("layout of the state", policy.made.state_version, STATE_VERSION),
            ("vocabulary", policy.made.vocabulary, vocabulary),
            ("actions", policy.made.actions, ACTIONS),
            ("shape of its input", session.get_inputs()[0].shape[1:], [SIZE]),
            ("shape of its output", session.get_outputs()[0].shape[1:], [len(ACTIONS)]),
        ):
            if found != wanted:
                raise FusionError(f"policy {path}: {what} {found} found; {wanted} is expected; {_REMEDY}")
        return policy

    def stops(self, learned: bool) -> tuple[str, ...]:
        """The strategies it may stop with where fusion was `learned` too, or not. Raises FusionError without any."""
        found = tuple(stop for stop in self.made.stops if learned or stop not in LEARNED)
        if not found:
            raise FusionError(
                f"policy {self.version}: stops by {', '.join(self.made.stops)} need learned fusion; {_REMEDY}"
            )
        return found

    def decide(self, states: States, masks: Bools) -> NDArray[np.intp]:
        """(N,) the action of greatest worth among those that `masks` (N, 17) allow, for states (N, 128)."""
        if not len(states):
            return np.zeros(0, np.intp)
        (worth,) = self._session.run([OUTPUT], {INPUT: states})
        return np.asarray(np.where(masks, worth, -np.inf).argmax(-1))


def _made(session: Any, path: Path) -> Made:
    """What the file says of itself. Raises FusionError."""
    try:
        told = json.loads(session.get_modelmeta().custom_metadata_map[METADATA])
        return Made(
            vocabulary=str(told["vocabulary"]),
            costs={str(name): float(cost) for name, cost in told["costs"].items()},
            stops=_names(told["stops"]),
            cost_weight=float(told["cost_weight"]),
            state_version=int(told["state_version"]),
            actions=_names(told["actions"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FusionError(
            f"policy {path}: an ONNX network, but it does not say what it was made for; {_REMEDY}"
        ) from error


def _names(names: Collection[object]) -> tuple[str, ...]:
    return tuple(str(name) for name in names)
