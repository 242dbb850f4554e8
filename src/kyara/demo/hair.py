"""Front hair: the cap over the skull, the fringe, strands before the face, their gloss and their shadow on the skin.

Head units. What hangs behind the head is in `manes`.
"""

import numpy as np

from kyara.demo.cast import Hair, Lock
from kyara.demo.colours import HAIR, Tones, mix
from kyara.demo.layer import Pen, Stencil
from kyara.demo.shapes import Path, between, moved, outline, oval, ribbon, spline


def dome(hair: Hair) -> list[tuple[float, float]]:
    """The hair's silhouette over the skull, from the left temple to the right."""
    v = hair.volume
    half = [
        (0, -76 - v),
        (26, -72 - v),
        (46, -54 - v * 0.7),
        (55 + v * 0.35, -26 - v * 0.3),
        (56 + v * 0.4, 2),
    ]
    return [(-x, y) for x, y in reversed(half[1:])] + half


def _curve(a: tuple[float, float], c: tuple[float, float], b: tuple[float, float]) -> Path:
    """Quadratic Bezier from a to b, the end left out."""
    t = np.linspace(0, 1, 9)[:-1, None]
    curve: Path = (1 - t) ** 2 * np.asarray(a) + 2 * t * (1 - t) * np.asarray(c) + t**2 * np.asarray(b)
    return curve


def notches(hair: Hair) -> list[tuple[float, float]]:
    """Where two neighbouring tips of the fringe part, left to right."""
    found = []
    for i, (a, b) in enumerate(zip(hair.fringe, hair.fringe[1:], strict=False)):
        depth = hair.depth * (1.0, 0.62, 0.85)[i % 3]
        found.append(((a[0] + b[0]) / 2, min(a[1], b[1]) - depth))
    return found


def fringe_edge(hair: Hair) -> Path:
    """The lower edge of the front hair from the right temple to the left, lock by lock."""
    start, end = dome(hair)[-1], dome(hair)[0]
    valleys = [(end[0], end[1]), *notches(hair), (start[0], start[1])]
    runs = []
    for i in range(len(hair.fringe) - 1, -1, -1):
        tip = (hair.fringe[i][0], hair.fringe[i][1])
        for a, b, root in ((valleys[i + 1], tip, valleys[i + 1]), (tip, valleys[i], valleys[i])):
            drop = tip[1] - root[1]
            control = (root[0] * 0.72 + tip[0] * 0.28 + hair.sweep * drop, root[1] + drop * 0.62)
            runs.append(_curve(a, control, b))
    return np.vstack(runs)


def front_path(hair: Hair) -> Path:
    """The whole front hair as one closed path."""
    return np.vstack([spline(dome(hair)), fringe_edge(hair)])


def draw_fringe_shadow(pen: Pen, hair: Hair, skin: Tones, face: Stencil) -> None:
    """The soft-edged shadow that fringe and strands throw on the face."""
    pen.fill(moved(front_path(hair), 2, 7), skin.shade, face, opacity=0.85)
    for lock in hair.locks:
        for side in (-1, 1):
            pen.fill(moved(_strand(lock, side), 3, 3), skin.shade, face, opacity=0.7)


def draw_front(pen: Pen, hair: Hair) -> None:
    """Cap and fringe with strand lines, shade and gloss."""
    tone, path = HAIR[hair.color], front_path(hair)
    pen.fill(path, (tone.base, mix(tone.base, tone.light, 0.22)))
    clip = pen.stencil(path)
    _crown_shade(pen, hair, tone, clip)
    _lock_shade(pen, hair, tone, clip)
    _gloss(pen, hair, tone, clip)
    _strand_lines(pen, hair, tone, clip)
    if hair.back == "spikes":  # the points behind are the silhouette
        pen.line(fringe_edge(hair), 1.5, tone.line, taper=(1, 1))
    else:
        pen.edge(path, 1.5, tone.line)
    if hair.ahoge:
        v = hair.volume
        strand = ribbon([(6, -70 - v), (-2, -92 - v), (8, -112 - v), (34, -112 - v)], [9, 9, 7, 0], detail=16)
        pen.shape(strand, tone, 1.4)
        pen.fill(oval(5, -72 - v, 8, 5), tone.base)


def _crown_shade(pen: Pen, hair: Hair, tone: Tones, clip: Stencil) -> None:
    """The side away from the light, and the roots at the temples."""
    v = hair.volume
    pen.fill(
        outline([(22, -80 - v, 1), (48, -54), (45, -20), (50, 20, 1), (90, 20, 1), (80, -90, 1)]),
        tone.shade,
        clip,
        0.75,
    )
    pen.fill(outline([(-70, -40, 1), (-51 - v * 0.3, -34), (-50, 24, 1), (-80, 24, 1)]), tone.shade, clip, 0.6)


def _lock_shade(pen: Pen, hair: Hair, tone: Tones, clip: Stencil) -> None:
    for i, (tip, root) in enumerate(zip(hair.fringe, notches(hair), strict=False)):
        top = between(root, hair.crown, 0.34 if i % 2 else 0.22)
        belly = between(root, tip, 0.5, 0.12)
        width = min(9.0, abs(hair.fringe[min(i + 1, len(hair.fringe) - 1)][0] - tip[0]) * 0.55)
        pen.line(
            [top, between(top, root, 0.7, 0.05), belly, tip[:2]],
            width,
            tone.shade,
            clip,
            taper=(0, 0.7, 1, 0.1),
        )


def _gloss(pen: Pen, hair: Hair, tone: Tones, clip: Stencil) -> None:
    """The ring of light: arcs that follow the skull, their lower edge broken into strands."""
    lift = (-44 if hair.depth > 2 else -63) - hair.volume * 0.5  # above a bare hairline
    for left, right, seed in ((-44, -12, 0), (-7, 4, 3), (10, 36, 1)):
        x = np.linspace(left, right, max(5, int((right - left) / 3.2) | 1))
        bow = lift + 15 * (x / 46) ** 2 * 1.5
        tall = np.sin(np.linspace(0.25, np.pi - 0.25, len(x))) * 9 * (0.75 if seed == 3 else 1)
        jag = np.where((np.arange(len(x)) + seed) % 2, 1.0, 0.35) * tall
        top, low = np.stack([x, bow - tall * 0.45], axis=1), np.stack([x, bow + jag], axis=1)
        pen.fill(np.vstack([spline(top), low[::-1]]), tone.light, clip, opacity=0.92)


def _strand_lines(pen: Pen, hair: Hair, tone: Tones, clip: Stencil) -> None:
    crown = hair.crown
    for i, root in enumerate(notches(hair)):
        far = between(root, crown, (0.55, 0.36, 0.7)[i % 3], 0.06 if root[0] > crown[0] else -0.06)
        near = between(root, crown, 0.25, 0.05 if root[0] > crown[0] else -0.05)
        pen.line([root, near, far], 1.5, tone.line, clip, taper=(1, 0.7, 0))
        tip = hair.fringe[i]
        low = between(tip, root, 0.3)
        pen.line(
            [low, between(low, root, 0.6, 0.05), between(root, crown, 0.12)],
            0.9,
            tone.line,
            clip,
            opacity=0.55,
        )
    x, y = crown
    pen.line([(x - 2, y + 2), (x - 9, y + 11), (x - 12, y + 24)], 1.3, tone.line, clip, (0.8, 0.7, 0))
    pen.line([(x + 3, y + 3), (x + 16, y + 8), (x + 25, y + 20)], 1.1, tone.line, clip, (0, 0.8, 0))


def _strand(lock: Lock, side: int) -> Path:
    spine = spline([(side * p[0], p[1]) for p in lock.points], detail=14)
    if lock.wave:
        spine[:, 0] += (
            lock.wave * np.sin(np.linspace(0, 2.6 * np.pi, len(spine))) * np.linspace(0, 1, len(spine)) * side
        )
    profile = (0.12, 0.8, 1, 1, 0.98, 0.94) if lock.blunt else (0.12, 0.8, 1, 0.94, 0.68, 0)
    return ribbon(spine, [lock.width * w for w in profile], detail=2)


def draw_locks(pen: Pen, hair: Hair) -> None:
    """Strands that fall before the ears, and over the shoulders where they are long."""
    tone = HAIR[hair.color]
    for lock in hair.locks:
        for side in (-1, 1):
            path = _strand(lock, side)
            pen.fill(path, (tone.base, mix(tone.base, tone.light, 0.25)))
            clip = pen.stencil(path)
            spine = np.asarray([(side * p[0], p[1]) for p in lock.points])
            pen.line(moved(spine, lock.width * 0.32, 0), lock.width * 0.5, tone.shade, clip, (0.6, 1, 0.8, 0))
            pen.line(moved(spine[:3], -lock.width * 0.2, 8), lock.width * 0.16, tone.light, clip, (0, 1, 0))
            pen.line(moved(spine, lock.width * 0.08, 0), 1.0, tone.line, clip, (0, 0.8, 1, 0), opacity=0.7)
            pen.edge(path, 1.4, tone.line)
