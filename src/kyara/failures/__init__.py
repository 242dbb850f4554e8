"""How a run lives with what fails: what can pass is tried again, what hangs is left, who keeps failing is left out.

It knows calls and errors, never an extractor or a service.
"""

from kyara.failures.breaker import Breaker
from kyara.failures.deadline import Companions, OverdueError
from kyara.failures.retrying import can_pass, patiently

__all__ = ["Breaker", "Companions", "OverdueError", "can_pass", "patiently"]
