"""`kyara extract` with the model of eyes_models.py, as a command of its own, and what its ledger tells of the run.

What is made once a machine (networks exported and quantised, texts encoded) lies in a folder that all runs share;
`warm_up` makes it, so that no figure counts it but its own.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from extract_speed import run_python
from kyara.recipes.run import prepare, source_of
from kyara.results.ledger import Ledger
from kyara.settings import load_settings
from kyara.weights import Model

PRECISIONS = ("f32", "int8")
DRAWN = 200  # small pictures that differ in what they show
LOADED = """
import sys; from pathlib import Path; from threading import Event
from kyara.recipes.run import prepare, run_into, source_of; from kyara.scale.own_process import settle
from kyara.settings import load_settings
source, out, config, one_by_one = sys.argv[1:]
pace = {"batch_size": 1, "threads": 1} if one_by_one == "True" else {}
job = prepare(source_of([source], [], {}), load_settings(Path(config), **pace))
job.recipe.remembered["clip"].looking.network.session
settle()
run_into(job, Path(out), False, Event(), lambda done, skipped: None)
"""


@dataclass(frozen=True, slots=True)
class Extraction:
    """`command_s` is the command's wall time; `run_s` the ledger's, without the start of Python, imports and the making
    of extractors, yet with the loading of a network that is asked; `peak_mb` its processes' resident memory in 10^6
    bytes; `hits` and `looks` the cache's counts."""

    command_s: float
    run_s: float
    peak_mb: float
    hits: int
    looks: int


@dataclass(frozen=True, slots=True)
class Clip:
    """Runs with the CLIP in `folder`; `made` is where what is made of it once is kept."""

    folder: Path
    made: Path

    def settings(self, place: Path, precision: str) -> Path:
        """A settings file in `place` for runs whose cache lies beside it."""
        path = place / f"{precision}.toml"
        path.write_text(
            'extractors = ["clip"]\ndetectors = ["none"]\n'
            f'cache = "{place / precision}.sqlite"\ncatalogue = "{place / "catalogue.db"}"\n'
            f'clip.model = "{self.folder}"\n'
            f'models = {{ folder = "{self.made}", precision = "{precision}" }}\n',
            encoding="utf-8",
        )
        return path

    def extract(self, pictures: Path, place: Path, precision: str, *more: object, out: str = "out") -> Extraction:
        """One extraction of the folder `pictures` into `place / out`, with the cache in `place`."""
        return extract(pictures, place / out, "--config", self.settings(place, precision), *more)

    def extract_anew(self, pictures: Path, precision: str, *more: object) -> Extraction:
        """One extraction with nothing in its cache, thrown away."""
        with tempfile.TemporaryDirectory() as place:
            return self.extract(pictures, Path(place), precision, *more)

    def loaded_run_s(self, pictures: Path, precision: str, one_by_one: bool) -> float:
        """Seconds of a run with nothing in its cache, in a process that has loaded its network before."""
        with tempfile.TemporaryDirectory() as place:
            out = Path(place) / "out"
            run_python("-c", LOADED, pictures, out, self.settings(Path(place), precision), one_by_one)
            return _end(out)["seconds"]

    def warm_up(self, pictures: Path) -> dict[str, float]:
        """Makes what is made once, by one extraction at each precision; the seconds of these commands."""
        return {f"{p}_made_s": round(self.extract_anew(pictures, p).command_s, 1) for p in PRECISIONS}

    def network(self, pictures: Path, precision: str) -> Model:
        """The image network as a run over `pictures` has it."""
        with tempfile.TemporaryDirectory() as place:
            settings = load_settings(self.settings(Path(place), precision), cache="none")
            job = prepare(source_of([pictures], [], {}), settings)
        looking: Any = job.recipe.remembered["clip"].looking
        network: Model = looking.network
        return network


def extract(pictures: Path, out: Path, *arguments: object) -> Extraction:
    """`kyara extract pictures --out out …`. Raises RuntimeError with the command's last words where it fails."""
    ran = run_python("-m", "kyara", "extract", pictures, "--out", out, *arguments)
    end = _end(out)
    hits, looks = np.sum([[0, 0], *end["cache"].values()], axis=0).tolist()
    return Extraction(ran.wall_s, max(end["seconds"], 0.001), ran.peak_mb, hits, looks)


def _end(out: Path) -> dict[str, Any]:
    """What the ledger says at the end of the latest run in a result folder."""
    return dict([entry for entry in Ledger(out / "ledger.jsonl").entries() if entry["event"] == "end"][-1])


def on_one_stream(network: Model) -> Model:
    """The same network on a session whose single stream has all the cores."""
    return Model(network.path, replace(network.runtime, streams=1))


def small_pictures(folder: Path, count: int, side_px: int) -> Path:
    """`count` square JPEGs of smooth noise, for what does not depend on what they show: `DRAWN` of them, again and
    again, told apart by a comment, which is enough for another content id."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    drawn = [_noise(rng, side_px) for _ in range(min(count, DRAWN))]
    for number in range(count):
        data, comment = drawn[number % DRAWN], f"{number:06d}".encode()
        segment = b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment
        (folder / f"{number:06d}.jpg").write_bytes(data[:2] + segment + data[2:])
    return folder


def _noise(rng: np.random.Generator, side_px: int) -> bytes:
    out = io.BytesIO()
    coarse = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
    coarse.resize((side_px, side_px), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()
