"""Kyara finds out who is in a picture and what they look like.

`from kyara import extract` is loaded when it is first asked for: `import kyara` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kyara.recipes.api import extract
    from kyara.recipes.describing import describe_as

__all__ = ["__version__", "describe_as", "extract"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "extract":
        from kyara.recipes.api import extract

        return extract
    if name == "describe_as":
        from kyara.recipes.describing import describe_as

        return describe_as
    raise AttributeError(f"module 'kyara' has no attribute {name!r}")
