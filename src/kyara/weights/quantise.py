"""Static int8 of a network, calibrated on the user's own pictures and kept in the models folder beside what it says of
itself: how many pictures, and how near its answers are to those at full precision.

NNCF does it in a process of its own (in_nncf.py): it prints, warns, takes memory it never gives back, and brings
telemetry along, which is not let in. Knows rows of arrays, no pictures.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.extras import need
from kyara.weights.contents import content_of
from kyara.weights.made import ABANDONED_S, in_child

FEWEST = 16  # rows; ranges of activations taken from fewer are those of a few pictures
LEAST_AGREEMENT = 0.9  # mean cosine of centred answers; CLIP ViT-B/32 reaches 0.99, a wrongly quantised one 0.5
RECIPE = 1  # part of the name: raise it where in_nncf.py quantises in another way
NETWORK, MANIFEST, AGREEMENT = "network.xml", "manifest.json", "agreement.json"

Row = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Quantised:
    """What the manifest says. `agreement` is the mean cosine between the answers of both networks to the held-out rows,
    by output, after the mean over rows is taken off; digests are SHA-256."""

    source: str
    source_content: str
    rows: int
    held_out: int
    rows_content: str
    agreement: Mapping[str, float]
    versions: Mapping[str, str]


def int8_of(network: Path, folder: Path) -> Path:
    """The int8 network quantised of `network` earlier. Raises WeightsError where there is none."""
    path = _home(network, folder) / NETWORK
    if not path.is_file():
        raise WeightsError(
            f"{network} was never quantised; run `kyara extract --precision int8` over pictures of yours, "
            "which calibrates it first, or give --precision f32"
        )
    return path


def has_int8(network: Path, folder: Path) -> bool:
    """True when `int8_of` would answer."""
    return (_home(network, folder) / NETWORK).is_file()


def everything_int8(folder: Path) -> Iterator[Quantised]:
    """What the manifests in `folder` say."""
    for path in sorted((folder / "int8").glob(f"[!.]*/{MANIFEST}")):
        yield Quantised(**orjson.loads(path.read_bytes()))


def quantise(network: Path, rows: Iterable[Row], folder: Path) -> Quantised:
    """Quantise `network` (ONNX or IR) into `folder`, calibrated on `rows`: feeds of one row each, at least 16.

    Takes minutes for 300 rows. A kill leaves nothing that would be taken for a network. Raises WeightsError where it
    cannot be done or its answers are too far off, MissingExtraError without NNCF.
    """
    need("nncf", "quantising to int8")
    home = _home(network, folder)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        _sweep(home.parent)
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=home.parent))
        try:
            done = _made(network, rows, making, content_of(network, folder))
            shutil.rmtree(home, ignore_errors=True)
            making.chmod(0o755)
            making.rename(home)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as error:
        said = error.strerror or error
        raise WeightsError(f"cannot write {home}: {said}; free some space or choose another folder") from error
    return done


def _home(network: Path, folder: Path) -> Path:
    return folder / "int8" / f"{content_of(network, folder)[:32]}-{RECIPE}"


def _made(network: Path, rows: Iterable[Row], making: Path, content: str) -> Quantised:
    feeds = making / "rows"
    feeds.mkdir()
    count, rows_content = _written(rows, feeds)
    if count < FEWEST:
        raise WeightsError(f"{count} samples to calibrate on found; at least {FEWEST} are expected: give more of them")
    if said := in_child("kyara.weights.in_nncf", network, making):
        raise WeightsError(f"{network.name} cannot be quantised: {said}; give --precision f32")
    shutil.rmtree(feeds)
    report = orjson.loads((making / AGREEMENT).read_bytes())
    (making / AGREEMENT).unlink()
    versions = {name: version(name) for name in ("nncf", "openvino")}
    done = Quantised(
        network.name, content, count, report["held_out"], rows_content, report["agreement"], versions
    )  # fmt: skip
    worst = min(done.agreement, key=lambda output: done.agreement[output])
    if not done.agreement[worst] >= LEAST_AGREEMENT:  # NaN too
        raise WeightsError(
            f"{network.name} does not bear int8: {worst} agrees {done.agreement[worst]:.2f} with full precision, "
            f"at least {LEAST_AGREEMENT} is expected; calibrate on more varied pictures, or give --precision f32"
        )
    (making / MANIFEST).write_bytes(orjson.dumps(asdict(done), option=orjson.OPT_INDENT_2))
    for path in making.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    return done


def _written(rows: Iterable[Row], folder: Path) -> tuple[int, str]:
    """Each row as a file, so that hundreds never lie in memory; their number and digest."""
    digest, count = hashlib.sha256(), 0
    for count, row in enumerate(rows, 1):
        for name in sorted(row):
            digest.update(name.encode() + np.ascontiguousarray(row[name]).tobytes())
        np.savez(folder / f"{count:05}.npz", allow_pickle=False, **row)
    return count, digest.hexdigest()


def _sweep(folder: Path) -> None:
    for path in folder.glob(".making-*"):
        if time.time() - path.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)
