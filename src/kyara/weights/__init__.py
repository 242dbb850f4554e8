"""Model weights: hub ids to verified local files, and the sessions that run them.

local.py (what is on this machine) · runtime.py (backend, device, precision) → session.py → model.py (one network,
opened when first run). Knows networks as named arrays in and out: no pictures, no attributes.
"""

from kyara.weights.local import BUILTIN, Weights, find, is_here, json_of
from kyara.weights.model import Model
from kyara.weights.runtime import Runtime
from kyara.weights.session import Arrays, Session

__all__ = ["BUILTIN", "Arrays", "Model", "Runtime", "Session", "Weights", "find", "is_here", "json_of"]
