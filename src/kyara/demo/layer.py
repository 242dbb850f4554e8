"""A layer to draw a figure on, and the pen that draws on it: fills, gradients, tapered lines, clips, soft patches.

Everything is drawn larger than the picture and averaged down, which is the antialiasing. The layer also keeps named
regions: which pixels belong to the head, to the hair. Knows nothing of what is drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from kyara.demo.colours import RGB, Tones
from kyara.demo.shapes import Path, Points, ribbon

SUPERSAMPLING = 3
Paint = RGB | tuple[RGB, RGB]
Box = tuple[int, int, int, int]
Ink = int | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stencil:
    """A clip: what may be painted, as a mask ("1") that lies at `box`; outside it nothing may."""

    mask: Image.Image
    box: Box

    def within(self, box: Box) -> Box | None:
        """The part of a box the stencil reaches, or None."""
        left, top = max(box[0], self.box[0]), max(box[1], self.box[1])
        right, bottom = min(box[2], self.box[2]), min(box[3], self.box[3])
        return (left, top, right, bottom) if left < right and top < bottom else None

    def crop(self, box: Box) -> Image.Image:
        """The mask of a box that lies inside the stencil's own."""
        return self.mask.crop(_shifted(box, self.box))

    def without(self, other: "Stencil") -> "Stencil":
        """This stencil less the other."""
        left, top = other.box[0] - self.box[0], other.box[1] - self.box[1]
        mask = self.mask.copy()
        mask.paste(0, (left, top, left + other.mask.width, top + other.mask.height), other.mask)
        return Stencil(mask, self.box)


def _shifted(box: Box, origin: Box) -> Box:
    return box[0] - origin[0], box[1] - origin[1], box[2] - origin[0], box[3] - origin[1]


@dataclass(slots=True)
class Layer:
    """A transparent RGBA picture and the regions marked while drawing on it."""

    size: tuple[int, int]
    image: Image.Image = field(init=False)
    regions: dict[str, Image.Image] = field(default_factory=dict)
    marks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.image = Image.new("RGBA", self.size)

    @contextmanager
    def marking(self, *names: str) -> Iterator[None]:
        """What is drawn inside this block also belongs to the named regions."""
        before, self.marks = self.marks, self.marks + names
        try:
            yield
        finally:
            self.marks = before

    def region(self, name: str) -> Image.Image:
        """The mask of a region, "L", empty when nothing was marked."""
        if name not in self.regions:
            self.regions[name] = Image.new("L", self.size)
        return self.regions[name]

    def apply(self, mask: Image.Image, box: Box, paint: Paint, clip: Stencil | None, opacity: float) -> None:
        """Paint through a mask that lies at `box`: "1" where it is hard, which Pillow pastes quickest, or "L"."""
        patch = gradient(paint, box) if isinstance(paint[0], tuple) else None
        if clip is not None:
            inner = clip.within(box)
            if inner is None:
                return
            mask = _both(mask.crop(_shifted(inner, box)), clip.crop(inner))
            patch = patch and patch.crop(_shifted(inner, box))
            box = inner
        for name in self.marks:
            region = self.region(name)
            region.paste(255, box, mask)
        if opacity < 1:
            mask = mask.convert("L").point([round(v * opacity) for v in range(256)])
        self.image.paste(patch or (*paint, 255), box, mask)


def _both(mask: Image.Image, clip: Image.Image) -> Image.Image:
    """Where both masks let paint through."""
    if mask.mode == "1":
        return ImageChops.logical_and(mask, clip)
    return ImageChops.multiply(mask, clip.convert("L"))


def gradient(paint: Paint, box: Box) -> Image.Image:
    """An opaque patch that runs from the first colour at the top to the second at the bottom."""
    ramp = np.linspace(0, 1, box[3] - box[1])[:, None]
    top, bottom = (np.asarray(colour, dtype=np.float64) for colour in paint)
    column = np.round(top + (bottom - top) * ramp).astype(np.uint8)[:, None, :]
    patch = Image.fromarray(np.ascontiguousarray(column)).convert("RGBA")
    return patch.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.NEAREST)


def bounds(path: Path, size: tuple[int, int], margin: float = 2) -> Box | None:
    """The pixels a path can touch, or None when it lies outside."""
    low, high = path.min(axis=0) - margin, path.max(axis=0) + margin
    left, top = max(0, int(low[0])), max(0, int(low[1]))
    right, bottom = min(size[0], int(high[0]) + 1), min(size[1], int(high[1]) + 1)
    return (left, top, right, bottom) if left < right and top < bottom else None


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws paths given in the units of one frame (a head, a body) onto a layer."""

    layer: Layer
    place: Callable[[Path], Path]
    scale: float

    def on_canvas(self, path: Points) -> Path:
        """The path in pixels of the layer."""
        return self.place(np.asarray([point[:2] for point in path], dtype=np.float64))

    def fill(
        self, path: Points, paint: Paint, clip: Stencil | None = None, opacity: float = 1.0, blur: float = 0.0
    ) -> None:
        """Fill a closed path; `blur` is in the units of the frame."""
        spots = self.on_canvas(path)
        if clip is None and opacity == 1.0 and not blur and not isinstance(paint[0], tuple):
            self._stamp(paint, lambda draw, ink: draw.polygon([*map(tuple, spots.tolist())], fill=ink))
            return
        soft = blur * self.scale
        box = bounds(spots, self.layer.size, 2 + 2.5 * soft)
        if box is None:
            return
        mask = Image.new("L" if soft else "1", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).polygon([*map(tuple, (spots - box[:2]).tolist())], fill=255)
        self.layer.apply(blurred(mask, soft) if soft else mask, box, paint, clip, opacity)

    def _stamp(self, colour: Paint, draw: Callable[[ImageDraw.ImageDraw, Ink], None]) -> None:
        """Draw straight onto the layer and its marked regions: the quick way for what is neither clipped nor soft."""
        draw(ImageDraw.Draw(self.layer.image), (*colour, 255))
        for name in self.layer.marks:
            draw(ImageDraw.Draw(self.layer.region(name)), 255)

    def line(
        self,
        points: Points,
        width: float,
        colour: RGB,
        clip: Stencil | None = None,
        taper: Sequence[float] = (0.1, 1, 0.1),
        opacity: float = 1.0,
    ) -> None:
        """A brush line through the points, whose width swells and thins by `taper`."""
        self.fill(ribbon(points, [width * share for share in taper]), colour, clip, opacity)

    def edge(self, path: Points, width: float, colour: RGB, clip: Stencil | None = None) -> None:
        """Ink the outline of a closed path."""
        spots = self.on_canvas(path)
        thick = max(1, round(width * self.scale))
        if clip is None:
            self._stamp(colour, lambda draw, ink: _stroke(draw, spots, thick, ink))
            return
        box = bounds(spots, self.layer.size, thick + 2)
        if box is None:
            return
        mask = Image.new("1", (box[2] - box[0], box[3] - box[1]))
        _stroke(ImageDraw.Draw(mask), spots - box[:2], thick, 255)
        self.layer.apply(mask, box, colour, clip, 1.0)

    def shape(self, path: Points, tones: Tones, ink: float = 1.5, clip: Stencil | None = None) -> None:
        """Fill with the base tone and ink the outline."""
        self.fill(path, tones.base, clip)
        if ink:
            self.edge(path, ink, tones.line, clip)

    def stencil(self, *paths: Points) -> Stencil:
        """A clip that covers the paths."""
        spots = [self.on_canvas(path) for path in paths]
        box = bounds(np.vstack(spots), self.layer.size) or (0, 0, 1, 1)
        mask = Image.new("1", (box[2] - box[0], box[3] - box[1]))
        draw = ImageDraw.Draw(mask)
        for path in spots:
            draw.polygon([*map(tuple, (path - box[:2]).tolist())], fill=255)
        return Stencil(mask, box)


def _stroke(draw: ImageDraw.ImageDraw, spots: Path, thick: int, ink: Ink) -> None:
    """A closed line with round corners. (Pillow's own `joint="curve"` does the same ten times slower.)"""
    draw.line([*map(tuple, spots.tolist()), *map(tuple, spots[:2].tolist())], fill=ink, width=thick)
    steps = np.diff(np.vstack([spots[-1:], spots, spots[:1]]), axis=0)
    angle = np.arctan2(steps[:, 1], steps[:, 0])
    turn = np.abs((np.diff(angle) + np.pi) % (2 * np.pi) - np.pi)
    r = (thick - 1) / 2
    for x, y in spots[turn > 0.3].tolist():
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)


def blurred(mask: Image.Image, radius: float) -> Image.Image:
    """Gaussian blur, done on a smaller copy where the radius is large."""
    step = max(1, int(radius / 4))
    if step == 1:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.reduce(step).filter(ImageFilter.GaussianBlur(radius / step))
    return small.resize(mask.size, Image.Resampling.BILINEAR)
