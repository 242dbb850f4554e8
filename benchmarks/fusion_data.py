"""The labelled heads on which learned fusion is taught and judged: truth, what pixels say, tags that stand beside.

Truth: the hair and eye colours of `faces_hair_eye` (noisy: about 90 and 85 % right). Pixels: the builtin network, never
on a head it learned from (data/fusion/builtin.parquet), and the histogram extractor. Beside: the tags of real posts,
without their hair and eye tags. Learning: the pack's training part; judging: its held-out part, as for the network.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from kyara.extractors.histogram import HistogramExtractor
from kyara.flow import View
from kyara.fuse.examples import Example
from kyara.fuse.simulation import profiles
from kyara.images import Limits, Picture, probe
from kyara.recipes.simulating import Labelled, Simulation
from kyara.records import Evidence, Sample, Sighting, ranked
from kyara.vocabulary import load_vocabulary

HERE = Path(__file__).resolve().parent
PACKS = HERE.parents[1] / "shared" / "data"

BUILTIN = HERE / "data" / "fusion" / "builtin.parquet"
ATTRIBUTES = ("hair_color", "eye_color")
KINDS = {"tags": "tags", "text": "text", "histogram": "pixels", "builtin": "pixels"}
TEXTS = 1.0  # the share of samples that have a text: the profiles say nothing of it
LEAST = 0.01  # as in extractors/builtin.py


@cache
def labelled(packs: Path = PACKS, limit: int | None = None) -> tuple[list[Labelled], list[Labelled]]:
    """(to learn from, to judge by); `limit` takes so many of each, drawn by hash."""
    said = pq.read_table(BUILTIN)
    labels = {name: said.schema.metadata[name.encode()].decode().split(",") for name in ATTRIBUTES}
    table = pq.read_table(packs / "faces_hair_eye.parquet").to_pylist()
    rows = {row["id"]: row for row in table}
    answers = sorted(said.to_pylist(), key=lambda row: _hashed(row["id"]))
    company = _company(packs)
    histogram = HistogramExtractor(load_vocabulary())
    parts = []
    for held_out in (False, True):
        of_part = [answer for answer in answers if (answer["fold"] == -1) is held_out][:limit]
        heads = [_seen(histogram, rows[answer["id"]]["image"]) for answer in of_part]
        parts.append([
            Labelled(
                answer["id"],
                {name: (rows[answer["id"]][name],) for name in ATTRIBUTES},
                (*head, *(_builtin(name, labels[name], answer[name]) for name in ATTRIBUTES)),
                company[_hashed(f"beside:{answer['id']}") % len(company)],
            )
            for answer, head in zip(of_part, heads, strict=True)
        ])  # fmt: skip
    return parts[0], parts[1]


@cache
def _simulation(texts: float) -> Simulation:
    return Simulation(load_vocabulary(), replace(profiles(), texts=texts))


def examples(
    part: Sequence[Labelled], names: Sequence[str], seed: int, each: int = 1, texts: float = TEXTS
) -> list[Example]:
    """Every sample under `each` of the profiles `names`, drawn by seed; under all of them where `each` is their number.

    A profile's samples are its own data set: who is the neighbour of whom is drawn anew.
    """
    found = []
    for place, name in enumerate(names):
        order = sorted(part, key=lambda one: _hashed(f"{seed}:{name}:{one.key}"))
        mine = [one for one in order if (_hashed(f"{seed}:{one.key}") + place) % len(names) < each]
        found += _simulation(texts)(mine, name, seed)
    return found


def _builtin(attribute: str, labels: Sequence[str], chances: Sequence[float]) -> Evidence:
    scores = {label: round(float(p), 4) for label, p in zip(labels, chances, strict=True) if p >= LEAST}
    total = max(1.0, sum(scores.values()))
    return Evidence("builtin", "out of fold", attribute, ranked({label: p / total for label, p in scores.items()}))


def _seen(histogram: HistogramExtractor, image: bytes) -> tuple[Evidence, ...]:
    picture = Picture(image, probe(image, Limits()), Limits())
    sample = Sample("", "", "", 96, 96, sightings=(Sighting(head=(0.0, 0.0, 96.0, 96.0)),))
    view = View(sample, 0, picture)
    return histogram.interpret(view, histogram.look([view])[0], ATTRIBUTES).evidence


def _company(packs: Path) -> list[tuple[str, ...]]:
    """The tags of each real post of one character, without those of hair and eyes."""
    with (packs / "tags" / "danbooru_posts.csv").open(encoding="utf-8", newline="") as file:
        posts = [row["tags"].split() for row in csv.DictReader(file)]
    return [
        tuple(tag for tag in tags if not tag.endswith(("_hair", "_eyes", "heterochromia")))
        for tags in posts
        if "solo" in tags
    ]


def _hashed(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big")
