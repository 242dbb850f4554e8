"""Paths: splines, ribbons and outlines as arrays of points, shape (n, 2), x to the right and y downwards.

Pure geometry in whatever units the caller uses; knows neither colours nor pictures.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Path = NDArray[np.float64]
Spot = Sequence[float] | Path
Points = Sequence[Spot] | Path


def spline(points: Points, closed: bool = False, detail: int = 10) -> Path:
    """Catmull-Rom curve through every point."""
    knots = np.asarray([point[:2] for point in points], dtype=np.float64)
    if len(knots) < 3 and not closed:
        return knots
    if closed:
        knots = np.vstack([knots[-1:], knots, knots[:2]])
    else:
        knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    t = np.linspace(0.0, 1.0, detail, endpoint=False)[:, None]
    before, start, end, after = (knots[i : len(knots) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    line = curve.reshape(-1, 2)
    return line if closed else np.vstack([line, knots[-2:-1]])


def outline(points: Points, detail: int = 10) -> Path:
    """Closed path through the points: smooth, but sharp where a point is written (x, y, 1)."""
    corners = [i for i, point in enumerate(points) if len(point) > 2 and point[2]]
    if not corners:
        return spline(points, closed=True, detail=detail)
    turned = [*points[corners[0] :], *points[: corners[0] + 1]]
    marks = [i for i, point in enumerate(turned) if len(point) > 2 and point[2]]
    runs = [spline(turned[a : b + 1], detail=detail)[:-1] for a, b in pairwise(marks)]
    return np.vstack(runs)


def mirrored(points: Points) -> list[tuple[float, ...]]:
    """The points followed by their mirror image in reverse: half an outline, from top to bottom, made whole."""
    half = [tuple(float(v) for v in point) for point in points]
    other = [(-point[0], *point[1:]) for point in reversed(half) if abs(point[0]) > 1e-6]
    return half + other


def ribbon(points: Points, widths: Sequence[float], round_end: bool = False, detail: int = 10) -> Path:
    """Closed path along a smooth spine; `widths` are full widths, spread evenly from its start to its end."""
    spine = spline(points, detail=detail)
    along = np.gradient(spine, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    at = np.linspace(0, len(widths) - 1, len(spine))
    half = np.interp(at, np.arange(len(widths)), widths)[:, None] / 2
    left, right = spine + normal * half, spine - normal * half
    end = np.empty((0, 2))
    if round_end:
        turn = np.linspace(0, np.pi, 9)[1:-1, None]
        forward = np.array([normal[-1, 1], -normal[-1, 0]])
        end = spine[-1] + half[-1] * (np.cos(turn) * normal[-1] + np.sin(turn) * forward)
    return np.vstack([left, end, right[::-1]])


def oval(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Path:
    """An ellipse around (x, y), turned by `turn` radians."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    across, down = rx * np.cos(angle), ry * np.sin(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + across * cos - down * sin, y + across * sin + down * cos], axis=1)


def moved(path: Points, dx: float, dy: float) -> Path:
    """The path shifted by (dx, dy)."""
    spots: Path = np.asarray([point[:2] for point in path], dtype=np.float64) + np.array([dx, dy])
    return spots


def between(a: Spot, b: Spot, t: float, bend: float = 0.0) -> tuple[float, float]:
    """The point at share `t` of the way from a to b, pushed sideways by `bend` times the distance."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    return a[0] + dx * t - dy * bend, a[1] + dy * t + dx * bend
