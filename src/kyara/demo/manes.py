"""What hangs behind the head: curtains of hair, curls, spikes, tails, drills and buns. Head units."""

from collections.abc import Callable

import numpy as np

from kyara.demo.cast import Hair
from kyara.demo.colours import HAIR, Tones, mix
from kyara.demo.layer import Pen
from kyara.demo.shapes import Path, between, moved, outline, oval, ribbon, spline


def _side(hair: Hair, side: int, phase: float) -> Path:
    """One flank of a curtain, from the temple down to its end."""
    y = np.linspace(-30, hair.length, 22)
    t = (y + 30) / (hair.length + 30)
    width = 58 + hair.volume * 0.3 + (hair.spread - 58) * np.sin(np.minimum(t * 1.15, 1) * np.pi / 2)
    sway = hair.wave * np.sin(t * (hair.length + 30) / 34 + phase) * np.minimum(1, t * 2.2)
    return np.stack([side * (width + sway), y], axis=1)


def _hem(hair: Hair, right: Path, left: Path) -> Path:
    """The lower edge from right to left: tips of uneven length."""
    count = 7 if hair.length > 90 else 6
    x = np.linspace(right[-1, 0], left[-1, 0], count * 2 + 1)
    fall = np.array([10, -12, 16, -6, 22, -14, 12, -8, 18, -12, 14, -6, 20, -10, 10])[: len(x)]
    size = min(1.0, 0.35 + hair.length / 160)
    y = hair.length + fall * size + 10 * size * np.cos(np.linspace(-1.4, 1.4, len(x)))
    x[1:-1] += 5 * size * np.sin(np.arange(1, len(x) - 1) * 2.1)
    runs = []
    for i in range(len(x) - 1):
        a, b = np.array([x[i], y[i]]), np.array([x[i + 1], y[i + 1]])
        low, high = (a, b) if a[1] > b[1] else (b, a)
        control = np.array([low[0] * 0.35 + high[0] * 0.65, low[1] * 0.55 + high[1] * 0.45])
        t = np.linspace(0, 1, 7)[:-1, None]
        runs.append((1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b)
    return np.vstack(runs)


def _curtain(pen: Pen, hair: Hair, tone: Tones) -> None:
    left, right = _side(hair, -1, 0.6), _side(hair, 1, 0.2)
    top = spline([left[0], (-46, -66), (0, -80), (46, -66), right[0]])
    path = np.vstack([top, spline(right), _hem(hair, right, left), spline(left[::-1])])
    pen.fill(path, (tone.base, mix(tone.base, tone.light, 0.3)))
    clip = pen.stencil(path)
    inside = min(hair.length * 0.92, 150)
    pen.fill(
        [(-50, -40), (50, -40), (47, inside * 0.5), (34, inside), (-30, inside), (-46, inside * 0.5)],
        tone.shade,
        clip,
        blur=7,
    )
    for i, x in enumerate((-54, -40, -25, -8, 10, 27, 42, 56)):
        end = hair.length * (0.96, 0.8, 0.9, 0.7)[i % 4]
        bend = hair.spread / 60
        spine = [(x, 0), (x * 1.02, end * 0.4), (x * bend, end)]
        if hair.wave:
            y = np.linspace(0, end, 9)
            spine = [(x * (1 + (bend - 1) * v / end) + hair.wave * 0.8 * np.sin(v / 34 + i), v) for v in y]
        pen.line(spine, 10, tone.shade if i % 2 else tone.light, clip, (0, 0.5, 1, 0.2, 0), 0.75 if i % 2 else 0.4)
        pen.line(moved(spine, 6, 4), 1.2, tone.line, clip, (0, 1, 0.6, 0), 0.7)
    pen.edge(path, 1.6, tone.line)


_SPIKES = (
    (0, 30, 94),
    (24, 58, 102),
    (50, 84, 96),
    (76, 110, 106),
    (102, 134, 98),
    (126, 160, 92),
)  # from, to, reach


def _spiky_side(hair: Hair, side: int) -> Path:
    """Points from the crown down one side: each swings outwards and down, convex above and hollow below."""
    runs = []
    for i, (start, stop, reach) in enumerate(_SPIKES):
        far = reach + hair.volume - 10 + (5 if (i + side) % 3 == 0 else 0)
        root, tip, low = (
            _round(side, start, 76 + hair.volume * 0.6),
            _round(side, stop + 4, far),
            _round(side, stop - 7, 74 + hair.volume * 0.5),
        )
        runs += [
            _bowed(root, _round(side, start + 16, far * 0.97), tip),
            _bowed(tip, _round(side, stop - 6, far * 0.86), low),
        ]
    return np.vstack(runs)


def _round(side: int, degrees: float, reach: float) -> Path:
    angle = np.radians(degrees)
    return np.array([side * reach * 0.84 * np.sin(angle), -10 - reach * 0.97 * np.cos(angle)])


def _bowed(a: Path, control: Path, b: Path) -> Path:
    """Quadratic Bezier from a to b, the end left out."""
    t = np.linspace(0, 1, 8)[:-1, None]
    curve: Path = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    return curve


def _spikes(pen: Pen, hair: Hair, tone: Tones) -> None:
    """Points that swing out from the crown on both sides."""
    right, left = _spiky_side(hair, 1), _spiky_side(hair, -1)
    path = np.vstack([right, [(30, 60), (0, 66), (-30, 60)], left[::-1]])
    pen.fill(path, tone.base)
    clip = pen.stencil(path)
    pen.fill(outline([(-50, -30), (50, -30), (62, 30), (40, 80), (-40, 80), (-62, 30)]), tone.shade, clip)
    for side in (-1, 1):
        for start, stop, reach in _SPIKES:
            tip, root = _round(side, stop, reach * 0.86), _round(side, start + 6, 58)
            dark = side > 0
            pen.line(
                [root, _round(side, (start + stop) / 2 + 8, reach * 0.74), tip],
                9,
                tone.shade if dark else tone.light,
                clip,
                (0, 1, 0),
                0.8 if dark else 0.35,
            )
            low = _round(side, stop - 7, 73)
            pen.line([low, between(low, (0.0, -40.0), 0.3, 0.1 * side)], 1.3, tone.line, clip, (1, 0))
    pen.edge(path, 1.6, tone.line)


def _curls(pen: Pen, hair: Hair, tone: Tones) -> None:
    """A cloud of curls: many rounds, inked together, each with its own swirl."""
    rounds = []
    for ring, (reach, size, count) in enumerate(((1.0, 22, 15), (0.78, 26, 12), (0.45, 34, 7))):
        for i in range(count):
            angle = 2 * np.pi * (i + ring * 0.5) / count
            down = hair.length * 0.5
            x = hair.spread * reach * np.cos(angle)
            y = -14 + down * 0.35 + (74 + down * 0.5) * reach * np.sin(angle)
            rounds.append((x, y, size * (0.9 + 0.2 * ((i * 7 + ring) % 3) / 2)))
    for x, y, r in rounds:
        pen.edge(oval(x, y, r, r), 3.0, tone.line)
    for x, y, r in rounds:
        pen.fill(oval(x, y, r, r), tone.base)
    pen.fill(oval(4, 24, 58, 66), tone.shade)
    for i, (x, y, r) in enumerate(rounds[:27]):
        _curl(pen, (x, y), r * 0.8, tone, i)


def _curl(pen: Pen, at: tuple[float, float], r: float, tone: Tones, seed: int) -> None:
    """One swirl of a curl: a shaded hook and a light one."""
    turn = np.linspace(0, 1.5 * np.pi, 7) + seed * 1.3
    grow = np.linspace(0.35, 1.0, 7) * r
    hook = np.stack([at[0] + grow * np.cos(turn), at[1] + grow * np.sin(turn)], axis=1)
    pen.line(hook, 4.2, tone.shade, taper=(0, 1, 1, 0))
    pen.line(hook * 1.0 + (-2.4, -2.4), 2.4, tone.light, taper=(0, 0.6, 1, 0), opacity=0.75)


def draw_front_curls(pen: Pen, hair: Hair) -> None:
    """The curls over the brow of a head of curls; nothing on any other."""
    if hair.back != "curls":
        return
    tone = HAIR[hair.color]
    spots = [
        (-52, -8, 15),
        (-46, -34, 17),
        (-30, -52, 18),
        (-8, -58, 17),
        (14, -56, 18),
        (34, -46, 17),
        (48, -28, 16),
        (53, -4, 14),
        (-20, -72, 18),
        (6, -78, 18),
        (28, -68, 18),
        (-40, -62, 16),
        (44, -56, 15),
    ]
    for x, y, r in spots:
        pen.edge(oval(x, y, r, r), 2.6, tone.line)
    for x, y, r in spots:
        pen.fill(oval(x, y, r, r), tone.base)
    for i, (x, y, r) in enumerate(spots):
        _curl(pen, (x, y), r * 0.72, tone, i)


def _short(pen: Pen, hair: Hair, tone: Tones) -> None:
    """Cropped hair: only the nape shows."""
    path = spline(
        [
            (-56, -30),
            (-44, -68),
            (0, -80),
            (44, -68),
            (56, -30),
            (52, 14),
            (36, 48),
            (0, 54),
            (-36, 48),
            (-52, 14),
        ],
        True,
    )
    pen.fill(path, tone.shade)
    pen.edge(path, 1.5, tone.line)


def draw_mane(pen: Pen, hair: Hair) -> None:
    """The back hair, to be drawn before the body."""
    backs: dict[str, Callable[[Pen, Hair, Tones], None]] = {
        "curtain": _curtain,
        "spikes": _spikes,
        "curls": _curls,
        "short": _short,
    }
    backs[hair.back](pen, hair, HAIR[hair.color])


def draw_tail(pen: Pen, spine: list[tuple[float, float]], width: float, tone: Tones) -> None:
    """A tied tail of hair along a spine, ending in split tips."""
    for shift, share, thin in ((-0.26, 0.9, 0.7), (0.28, 0.84, 0.62), (0.0, 1.0, 0.9)):
        bent = [(x + shift * width * i / len(spine) * 1.6, y * 1.0) for i, (x, y) in enumerate(spine)]
        bent[-1] = between(bent[-2], bent[-1], share + 0.1)
        path = ribbon(bent, [width * w * thin for w in (0.55, 1.0, 1.12, 0.95, 0.6, 0)], detail=14)
        pen.fill(path, (tone.base, mix(tone.base, tone.light, 0.28)))
        clip = pen.stencil(path)
        pen.line(moved(bent, width * 0.26 * thin, 0), width * 0.36, tone.shade, clip, (0.4, 1, 1, 0))
        pen.line(moved(bent[:-1], -width * 0.2 * thin, 2), width * 0.14, tone.light, clip, (0, 1, 0.7, 0), 0.85)
        pen.line(moved(bent, width * 0.05, 0), 1.1, tone.line, clip, (0, 1, 0.6, 0), 0.75)
        pen.edge(path, 1.5, tone.line)


def _drill(pen: Pen, at: tuple[float, float], side: int, tone: Tones) -> None:
    """A hanging ringlet: turns that narrow towards the end."""
    x, y = at
    turns = 6
    for i in range(turns):
        r = 21 * (1 - 0.105 * i)
        path = oval(x + side * (i * 1.6 + (3 if i % 2 else -1)), y, r, r * 0.72, side * 0.42)
        pen.fill(path, (mix(tone.base, tone.light, 0.25), tone.base))
        clip = pen.stencil(path)
        pen.fill(
            moved(oval(x + side * i * 1.6, y + r * 0.8, r * 1.2, r * 0.62, side * 0.42), 4, 0),
            tone.shade,
            clip,
            0.85,
        )
        pen.line(
            [(x - r * 0.6, y - r * 0.1), (x - r * 0.2, y - r * 0.42), (x + r * 0.4, y - r * 0.4)],
            3.0,
            tone.light,
            clip,
        )
        pen.edge(path, 1.4, tone.line)
        y += r * 0.98


def _bun(pen: Pen, x: float, y: float, r: float, tone: Tones) -> None:
    path = oval(x, y, r, r * 0.94)
    pen.fill(path, tone.base)
    clip = pen.stencil(path)
    pen.fill(oval(x + r * 0.45, y + r * 0.4, r, r), tone.shade, clip, 0.8)
    turn = np.linspace(0.4, 2.4 * np.pi, 14)
    grow = np.linspace(0.95, 0.2, 14) * r
    pen.line(
        np.stack([x + grow * np.cos(turn), y + grow * np.sin(turn)], axis=1),
        1.5,
        tone.line,
        clip,
        (0.4, 1, 0.6, 0),
    )
    pen.line(
        [(x - r * 0.7, y - r * 0.1), (x - r * 0.45, y - r * 0.6), (x + r * 0.1, y - r * 0.76)],
        r * 0.2,
        tone.light,
        clip,
    )
    pen.edge(path, 1.6, tone.line)


def draw_tails(pen: Pen, hair: Hair) -> None:
    """Tails that hang free of the head (twintails, ponytail, drills); they count as body, not head."""
    tone = HAIR[hair.color]
    for side in (-1, 1):
        if hair.tails == "twintails":
            spine = [(44, -50), (72, -54), (96, -26), (107, 24), (104, 80), (93, 132), (102, 178)]
            draw_tail(pen, [(side * x, y) for x, y in spine], 40, tone)
        if hair.tails == "drills":
            _drill(pen, (side * 64, -14), side, tone)
    if hair.tails == "ponytail":
        draw_tail(pen, [(20, -70), (66, -84), (98, -40), (102, 30), (84, 100), (100, 160)], 46, tone)


def draw_buns(pen: Pen, hair: Hair) -> None:
    """Buns, which count as head."""
    tone = HAIR[hair.color]
    if hair.tails == "buns":
        for side in (-1, 1):
            _bun(pen, side * 46, -74, 25, tone)
    if hair.tails == "topknot":
        _bun(pen, 2, -92, 18, tone)
