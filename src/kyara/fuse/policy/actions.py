"""What the policy may do with a sighting: ask one of nine extractors, or stop and fuse in one of eight ways.

The order of the actions is that of a policy's outputs, so it is written into every policy file.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from kyara.fuse.learned import NAMES as LEARNED
from kyara.fuse.policy.opinions import Bools
from kyara.fuse.policy.state import EXTRACTORS
from kyara.fuse.strategies import STRATEGIES

STOPS = (*STRATEGIES, *LEARNED)
ACTIONS = (*(f"ask {name}" for name in EXTRACTORS), *(f"stop {name}" for name in STOPS))
ASKS = len(EXTRACTORS)  # an action below it asks, the others stop


def allowed(available: Bools, asked: Bools, stops: Collection[str]) -> Bools:
    """(N, 17) which actions there are: asking who is `available` and not yet `asked` (N, 9), stopping as `stops`."""
    ending = np.array([name in stops for name in STOPS])
    return np.concatenate([available & ~asked, np.broadcast_to(ending, (len(asked), len(STOPS)))], axis=1)
