"""Kyara finds out who is in a picture and what they look like.

`from kyara import extract` is loaded when it is first asked for: `import kyara` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kyara.recipes.api import extract

__all__ = ["__version__", "extract"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "extract":
        from kyara.recipes.api import extract

        return extract
    raise AttributeError(f"module 'kyara' has no attribute {name!r}")
