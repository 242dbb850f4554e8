"""Frames: how the flat units of a head or a body come onto the canvas, turned, tilted and scaled.

A head is about 100 units wide with its eyes near y = 10 and its chin near y = 64. A shallow bowl of depth lets a
turned head shift its features the way a round face does. Knows nothing of what is drawn in a frame.
"""

from collections.abc import Callable

import numpy as np

from kyara.demo.shapes import Path

NECK = 66.0  # y of the point a head turns about, in head units
_BOWL = 60.0


def head_frame(at: tuple[float, float], scale: float, yaw: float, pitch: float, roll: float) -> Callable[[Path], Path]:
    """Place head units on the canvas; `at` is where the neck goes, angles in degrees (positive: right, down, right)."""
    turn, nod, lean = np.radians([yaw, pitch, roll])

    def place(path: Path) -> Path:
        x, y = path[:, 0], path[:, 1]
        depth = _BOWL * np.clip(1 - (x / 66) ** 2 - ((y + 6) / 94) ** 2, 0, None)
        x = x * np.cos(turn) + depth * np.sin(turn)
        y = y + depth * np.sin(nod) - NECK
        across, down = x * np.cos(lean) - y * np.sin(lean), x * np.sin(lean) + y * np.cos(lean)
        return np.stack([at[0] + across * scale, at[1] + down * scale], axis=1)

    return place


def body_frame(at: tuple[float, float], scale: float, lean: float = 0.0) -> Callable[[Path], Path]:
    """Place body units (origin at the pit of the neck) on the canvas; `lean` in degrees."""
    angle = np.radians(lean)

    def place(path: Path) -> Path:
        x, y = path[:, 0], path[:, 1]
        across, down = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
        return np.stack([at[0] + across * scale, at[1] + down * scale], axis=1)

    return place
