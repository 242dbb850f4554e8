"""What a container says of its picture, and the words in which it is refused.

Pure Python over bytes: the readers built on this (containers, tiff, isobmff) run no native code, so no hostile file
can kill the process before its decoding was announced. They know nothing of limits on size.
"""

from __future__ import annotations

from typing import NamedTuple

from kyara.errors import UnreadableImageError
from kyara.records import Reason


class Layout(NamedTuple):
    """Stored width and height in pixels (before turning), frames, the EXIF orientation 1..8 to turn by.

    `needs` is how many bytes the file must have for its first frame, as far as its container tells (0 = not at all).
    """

    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    needs: int = 0


def truncated(detail: str) -> UnreadableImageError:
    """The error for a file whose own lengths say that its end is missing."""
    return UnreadableImageError(Reason.TRUNCATED, f"{detail}; the file is cut off: fetch it again")


def undecodable(detail: str) -> UnreadableImageError:
    """The error for a file whose structure no decoder could follow."""
    return UnreadableImageError(Reason.UNDECODABLE, detail)
