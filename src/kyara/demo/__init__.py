"""The drawn cast: a dozen characters in some forty pictures with truth, drawn by code when they are needed.

`draw_cast` is all there is to call. Importing this package loads neither Pillow nor the drawing code.
"""

from collections.abc import Callable
from pathlib import Path


def draw_cast(folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """Draw the cast into `folder/pictures` (beside it `folder/truth.jsonl`) and return that pictures folder.

    A folder that already holds the whole current cast is returned at once. `progress` is told (pictures done, of all).
    Raises OutputError where `folder/pictures` holds something else.
    """
    from kyara.demo.files import write_cast

    return write_cast(folder, progress)


__all__ = ["draw_cast"]
