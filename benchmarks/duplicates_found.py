"""Near duplicates on real pictures: found and falsely found, for every way of spoiling a picture.

Every picture is spoilt in one way, and pictures and copies are searched together, near pairs looked at as `kyara dedup`
does it: recall is the share of copies that come out in one group with their picture, precision the share of true pairs
among all pairs that share a group, over all ways. Pairs of two pictures of the packs that somebody looked at and judged
to be the same (benchmarks/data/duplicates_seen.csv) are no mistakes. Rules of spoiling were committed before anything
was scored. Pairs of different pictures of one character that came out as duplicates are counted. The drawn cast has
columns of its own and satisfies no goal. Fails where a goal is missed. `--broken` shuffles all copies' coefficients and
must fail. `--no-look` takes the fingerprints at their word. `--sheet FOLDER` writes contact sheets of all false pairs,
to look at.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from kyara.demo.cast import pictures
from kyara.demo.files import write_picture
from kyara.detect.builtin import builtin_heads
from kyara.flow import View
from kyara.images import Limits, Picture, probe
from kyara.quality.groups import Drop, confirmed, near_pairs
from kyara.quality.look import QualityLook, quality_of
from kyara.recipes.telling_apart import Apart
from kyara.records import Sample, Sighting
from kyara.weights import Runtime

PACKS = Path(__file__).resolve().parents[2] / "shared/data"
SEEN = Path(__file__).resolve().parent / "data" / "duplicates_seen.csv"
EASY, HARD, PRECISION = 0.98, 0.85, 0.99
Random = np.random.Generator


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def _resized(image: Image.Image, random: Random) -> Image.Image:
    scale = random.uniform(0.4, 0.8)
    size = [max(16, round(side * scale)) for side in image.size]
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def _cropped(image: Image.Image, random: Random) -> Image.Image:
    """A tenth of the width and a tenth of the height go, anywhere."""
    width, height = image.size
    left, top = random.uniform(0, 0.1) * width, random.uniform(0, 0.1) * height
    return image.crop((round(left), round(top), round(left + 0.9 * width), round(top + 0.9 * height)))


def _bordered(image: Image.Image, random: Random) -> Image.Image:
    colour = ((255, 255, 255), (0, 0, 0), tuple(random.integers(0, 256, 3).tolist()))[random.integers(3)]
    return ImageOps.expand(image, max(2, round(min(image.size) * random.uniform(0.04, 0.1))), colour)


def _rotated(image: Image.Image, random: Random) -> Image.Image:
    """By two degrees to either side; the corners are white, as a scanner leaves them."""
    return image.rotate(float(random.choice((-2, 2))), Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))


def _lettered(image: Image.Image, random: Random) -> Image.Image:
    """A line of text a twentieth of the height tall, in a corner, as an artist signs or a site marks."""
    image = image.copy()
    width, height = image.size
    size = max(6, round(height * 0.05))
    at = (round(width * random.uniform(0.02, 0.4)), round(height * (0.02 if random.random() < 0.5 else 0.92)))
    ImageDraw.Draw(image).text(at, "@artist 2026", (255, 255, 255), font_size=size, stroke_width=1, stroke_fill="black")
    return image


def _brightened(image: Image.Image, random: Random) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(float(random.choice((0.7, 1.3))))


SPOILT: dict[str, tuple[Callable[[Image.Image, Random], Image.Image], float | None]] = {
    "resize to 40–80 %": (_resized, EASY),
    "JPEG 30": (lambda image, _: _jpeg(image, 30), EASY),
    "mirror": (lambda image, _: ImageOps.mirror(image), EASY),
    "grayscale": (lambda image, _: image.convert("L").convert("RGB"), EASY),
    "brightness × 0.7 or 1.3": (_brightened, EASY),
    "crop 10 %": (_cropped, HARD),
    "border 4–10 %": (_bordered, HARD),
    "rotation 2°": (_rotated, HARD),
    "small text": (_lettered, HARD),
    "turned by 90°": (lambda image, _: image.transpose(Image.Transpose.ROTATE_90), None),
    "mirror, resize, JPEG 60": (lambda image, random: _jpeg(_resized(ImageOps.mirror(image), random), 60), None),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture: its name, whom it shows where that is known, and its pixels."""

    name: str
    character: str
    image: Image.Image


def illustrations(folder: Path, every: int) -> Iterator[Shown]:
    for row in pq.read_table(folder / "illustrations_boxes.parquet", columns=["id", "image"]).to_pylist()[::every]:
        yield Shown(f"illustrations/{row['id']}", "", _opened(row["image"]))


def faces(folder: Path, count: int) -> Iterator[Shown]:
    """Crops with their character, one a picture they were cut from, so that the same picture does not come twice."""
    table = pq.read_table(folder / "faces_identity.parquet")
    rows = list({row["source_md5"]: row for row in table.to_pylist()}.values())
    for row in rows[:: max(1, len(rows) // count)][:count]:
        yield Shown(f"identity/{row['id']}", row["character"], _opened(row["image"]))
    rows = pq.read_table(folder / "faces_hair_eye.parquet", columns=["id", "image"]).to_pylist()
    for row in rows[:: max(1, len(rows) // count)][:count]:
        yield Shown(f"hair/{row['id']}", "", _opened(row["image"]))


def cast(every: int) -> Iterator[Shown]:
    with TemporaryDirectory() as folder:
        for picture in pictures()[::every]:
            row = write_picture(picture, Path(folder))
            yield Shown(f"cast/{row['file']}", "", _opened((Path(folder) / row["file"]).read_bytes()))


def _opened(data: bytes) -> Image.Image:
    return Image.fromarray(Picture(data, probe(data, Limits()), Limits()).crop(None, 4096))


@dataclass(frozen=True, slots=True)
class Marks:
    """What is remembered of a picture: its fingerprints and its goodness."""

    fingerprint: bytes
    goodness: tuple[float, ...]


def marks(image: Image.Image) -> Marks:
    """As a run would have measured the picture, saved without loss."""
    out = io.BytesIO()
    image.save(out, "BMP")
    header = probe(out.getvalue(), Limits())
    sample = Sample("k", "i", "u", header.width, header.height, sightings=(Sighting(),))
    (raw,) = QualityLook().look([View(sample, 0, Picture(out.getvalue(), header, Limits()))])
    quality = quality_of(sample, raw)
    return Marks(quality.fingerprint, (quality.score,))


@dataclass(slots=True)
class Found:
    """What came of one way of spoiling."""

    recall: float
    true: int
    false: list[tuple[int, int]]


class Looks:
    """Looks at near pairs of pictures, given by number, as `kyara dedup` looks at those of files."""

    def __init__(self) -> None:
        self.images: dict[str, Image.Image] = {}
        self.apart = Apart(
            builtin_heads(Runtime(threads=2, streams=2)), Limits(), read=lambda s, _: self._bmp(s.key), at_hand=4_000
        )

    def _bmp(self, key: str) -> bytes:
        out = io.BytesIO()
        self.images[key].save(out, "BMP")
        return out.getvalue()

    def __call__(self, way: str, images: list[Image.Image], drops: list[Drop]) -> list[bool]:
        """`images` are the pictures, then their copies; only the latter are of this `way`."""
        keys = [f"{way if i >= len(images) // 2 else ''} {i}" for i in range(len(images))]
        self.images = dict(zip(keys, images, strict=True))
        some = {number for drop in drops for number in drop.pair}
        return self.apart.same(drops, {i: Sample(keys[i], keys[i], keys[i], *images[i].size) for i in some})


Same = Callable[[list[Drop]], list[bool]]


def searched(own: list[Marks], copies: list[Marks], same: set[tuple[int, int]], alike: Same) -> Found:
    """Pictures 0..n-1 and their copies n..2n-1, grouped; `same` are pictures that are the same by looking, `alike`
    is what Kyara looks with."""
    everything = [*own, *copies]
    blobs = [np.frombuffer(one.fingerprint, np.int8).reshape(-1, 256) for one in everything]
    owners = np.repeat(np.arange(len(blobs)), [len(blob) for blob in blobs])
    group = {i: i for i in range(len(everything))}
    pairs = near_pairs(np.concatenate(blobs), owners)
    group |= {drop.number: drop.kept for drop in confirmed(pairs, [one.goodness for one in everything], alike)}
    members: dict[int, list[int]] = {}
    for number, kept in group.items():
        members.setdefault(kept, []).append(number)
    count, true, false = len(own), 0, []
    for some in members.values():
        for a, b in combinations(sorted(some), 2):
            one, other = sorted((a % count, b % count))
            if one == other or (one, other) in same:
                true += 1
            else:
                false.append((a, b))
    return Found(sum(group[i] == group[i + count] for i in range(count)) / count, true, false)


def seen(path: Path, names: list[str]) -> set[tuple[int, int]]:
    """The pairs of pictures that somebody judged to be the same, by number."""
    number = {name: i for i, name in enumerate(names)}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["verdict"] == "same"]
    pairs = [(number[row["one"]], number[row["other"]]) for row in rows if {row["one"], row["other"]} <= number.keys()]
    return {(min(pair), max(pair)) for pair in pairs}


def shuffled(mark: Marks) -> Marks:
    """The fingerprints with their coefficients in another order, each picture's in its own."""
    blob: NDArray[np.uint8] = np.frombuffer(mark.fingerprint, np.uint8)
    random = np.random.default_rng(len(blob) + int(blob[:64].sum()))
    return Marks(random.permutation(blob).tobytes(), mark.goodness)


def sheet(path: Path, shown: list[Shown], copies: list[Image.Image], pairs: list[tuple[int, int]]) -> None:
    """The pairs side by side, forty a sheet, each under its names."""
    both = [one.image for one in shown] + copies
    for start in range(0, len(pairs), 40):
        some = pairs[start : start + 40]
        canvas = Image.new("RGB", (8 * 250, 5 * 150), "white")
        for i, pair in enumerate(some):
            for side, number in enumerate(pair):
                canvas.paste(ImageOps.contain(both[number], (120, 130)), (i % 8 * 250 + side * 122, i // 8 * 150 + 14))
            ImageDraw.Draw(canvas).text((i % 8 * 250, i // 8 * 150), f"{start + i}: {pair}", "black")
        canvas.save(path.with_name(f"{path.name}-{start // 40}.png"))


def column(shown: list[Shown], options: argparse.Namespace) -> dict[str, tuple[Found, float | None]]:
    """Every way of spoiling these pictures."""
    same = seen(SEEN, [one.name for one in shown])
    own = [marks(one.image) for one in shown]
    looks = Looks()
    found = {}
    for name, (spoil, goal) in SPOILT.items():
        random = np.random.default_rng(len(name))
        images = [spoil(one.image, random) for one in shown]
        copies = [marks(image) for image in images]
        everything = [*(one.image for one in shown), *images]
        alike = partial(looks, name, everything) if options.look else lambda drops: [True] * len(drops)
        found[name] = searched(own, [shuffled(m) for m in copies] if options.broken else copies, same, alike), goal
        print(f"{name}: recall {found[name][0].recall:.4f}, {len(found[name][0].false)} false", flush=True)
        if options.sheet and found[name][0].false:
            sheet(options.sheet / name.replace(" ", "-").replace("%", ""), shown, images, found[name][0].false)
    return found


def precision(found: dict[str, tuple[Found, float | None]]) -> float:
    true, false = sum(one.true for one, _ in found.values()), sum(len(one.false) for one, _ in found.values())
    return true / max(1, true + false)


def of_one_character(shown: list[Shown], found: dict[str, tuple[Found, float | None]]) -> tuple[int, int]:
    """(pairs of different pictures of one character taken for duplicates in any way, all such pairs)."""
    count, who = len(shown), [one.character for one in shown]
    pairs = {tuple(sorted((a % count, b % count))) for one, _ in found.values() for a, b in one.false}
    taken = sum(who[a] == who[b] != "" for a, b in pairs)
    sizes = Counter(name for name in who if name)
    return taken, sum(size * (size - 1) // 2 for size in sizes.values())


def main() -> int:
    """Spoil, search, print a table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PACKS, help="folder of the data packs")
    parser.add_argument("--every", type=int, default=1, help="every so-manieth illustration and picture of the cast")
    parser.add_argument("--faces", type=int, default=500, help="so many crops of each pack of faces")
    parser.add_argument("--broken", action="store_true", help="shuffle the copies' coefficients: must fail")
    parser.add_argument("--no-look", dest="look", action="store_false", help="open no near pairs")
    parser.add_argument("--sheet", type=Path, help="write contact sheets of false pairs into this folder")
    options = parser.parse_args()
    real = [*illustrations(options.data, options.every), *faces(options.data, options.faces)]
    found, drawn = column(real, options), column(list(cast(options.every)), options)
    rows = [
        [name, f"{one.recall:.3f}", f"{goal:.2f}" if goal else "", str(len(one.false)), f"{drawn[name][0].recall:.3f}"]
        for name, (one, goal) in found.items()
    ]
    taken, pairs = of_one_character(real, found)
    result = {
        "benchmark": "duplicates_found",
        "broken": options.broken,
        "pictures": len(real),
        "precision": round(precision(found), 5),
        "cast_precision": round(precision(drawn), 5),
        "easy_recall": round(min(one.recall for one, goal in found.values() if goal == EASY), 4),
        "hard_recall": round(min(one.recall for one, goal in found.values() if goal == HARD), 4),
        "same_character_taken": taken,
        "same_character_pairs": pairs,
        "heading": "near duplicates found",
        "tables": [
            {"title": "recall", "columns": ["way", "recall", "goal", "false pairs", "drawn cast"], "rows": rows}
        ],
    }
    missed = [name for name, (one, goal) in found.items() if goal and one.recall < goal]
    result["missed"] = missed + ["precision"] * (result["precision"] < PRECISION)
    result["passed"] = not result["missed"]
    for row in rows:
        print(("{:28}" + "{:>12}" * 4).format(*row))
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
