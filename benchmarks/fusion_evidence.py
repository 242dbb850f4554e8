"""What the builtin network says of heads it never learned from, for the simulation in which fusion learns.

The 1,492 held-out crops of `faces_hair_eye` are asked of the network that ships. The 7,629 others it learned from, so
three more networks are trained as its teacher was, each without a third of them (twins stay together), and asked of
that third. Ids and probabilities go to data/fusion/builtin.parquet; the committed copy is what counts (it is of
an older network).
"""

from __future__ import annotations

import argparse
import hashlib
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

import builtin_attributes
import builtin_splits
from kyara.training.builtin.attributes import ALONE, ask, learn_attributes
from kyara.training.builtin.calibration import temperature
from kyara.training.builtin.crops import EYES, FACES, HAIR, Crops, coloured, pack

HERE = Path(__file__).resolve().parent
PACKS = HERE.parents[1] / "shared" / "data"
TABLE = HERE / "data" / "fusion" / "builtin.parquet"
FOLDS = 3
CHECK_SHARE = 0.1  # of the crops a fold learns from, to set its temperatures


def folds_of(rows: list[Any]) -> Tensor:
    """The fold of each row, 0 to 2, by its group of twins; -1 where it is held out, -2 where it has no label."""
    held_out = {row["id"] for row in builtin_splits.read(builtin_splits.FACES_HELD_OUT)}
    groups = builtin_splits._groups(rows)
    return torch.tensor([
        -2 if row["hair_color"] is None else -1 if row["id"] in held_out else int(_part(str(group)) * FOLDS)
        for row, group in zip(rows, groups, strict=True)
    ])  # fmt: skip


def answers(network: torch.nn.Module, checks: Crops, crops: Crops) -> tuple[Tensor, Tensor]:
    """Probabilities of hair (n, 12) and eyes (n, 11) of `crops`, at the temperatures that suit `checks`."""
    known, asked = ask(network, checks.pixels), ask(network, crops.pixels)
    hair = asked.hair / temperature(known.hair, checks.hair)
    eyes = asked.eyes / temperature(known.eyes, checks.eyes)
    return hair.softmax(1), eyes.softmax(1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PACKS, help="folder of the data packs")
    parser.add_argument("--work", type=Path, default=Path("build/fusion"), help="checkpoints: goes on from there")
    parser.add_argument("--out", type=Path, default=TABLE)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    rows = pack(options.data / FACES)
    fold = folds_of(rows)
    crops = coloured(rows)
    checks = torch.tensor([_part(f"check:{row['id']}") < CHECK_SHARE for row in rows])
    found: dict[int, tuple[Tensor, Tensor]] = {}
    for one in range(FOLDS):
        work = options.work / f"fold{one}"
        work.mkdir(exist_ok=True)
        others = (fold >= 0) & (fold != one)
        learn, check = crops.take(torch.where(others & ~checks)[0]), crops.take(torch.where(others & checks)[0])
        learner = learn_attributes(ALONE, (learn, check), work, lambda line: print(line, flush=True))[-1]
        place = torch.where(fold == one)[0]
        hair, eyes = answers(deepcopy(learner.average), check, crops.take(place))
        print(f"fold {one}: hair {_right(hair, crops.hair[place])}, eyes {_right(eyes, crops.eyes[place])}", flush=True)
        found |= {i: (h, e) for i, h, e in zip(place.tolist(), hair, eyes, strict=True)}
    found |= shipped(crops, torch.where(fold == -1)[0])
    where = sorted(found)
    table = pa.table({
        "id": [rows[i]["id"] for i in where],
        "fold": pa.array([int(fold[i]) for i in where], pa.int8()),
        "hair_color": _columns([found[i][0] for i in where]),
        "eye_color": _columns([found[i][1] for i in where]),
    }).replace_schema_metadata({"hair_color": ",".join(HAIR), "eye_color": ",".join(EYES)})  # fmt: skip
    options.out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, options.out, compression="zstd")
    return 0


def shipped(crops: Crops, place: Tensor) -> dict[int, tuple[Tensor, Tensor]]:
    """What the network in the package says of these."""
    numbers, (model, *_) = builtin_attributes.shipped(HERE.parent / "src" / "kyara" / "builtin" / "faces.onnx")
    logits = builtin_attributes.asked(model, numbers, crops.pixels[place].permute(0, 2, 3, 1).numpy())
    hair, eyes = (
        (torch.from_numpy(logits[name]) / numbers[name]["temperature"]).softmax(1)
        for name in ("hair_color", "eye_color")
    )
    print(f"held out: hair {_right(hair, crops.hair[place])}, eyes {_right(eyes, crops.eyes[place])}", flush=True)
    return {i: (h, e) for i, h, e in zip(place.tolist(), hair, eyes, strict=True)}


def _columns(chances: list[Tensor]) -> pa.Array:
    return pa.array([row.numpy().astype(np.float16) for row in chances], pa.list_(pa.float16()))


def _right(chances: Tensor, labels: Tensor) -> str:
    return f"{(chances.argmax(1) == labels).float().mean():.3f}"


def _part(identifier: str) -> float:
    return int.from_bytes(hashlib.sha256(f"fusion fold:{identifier}".encode()).digest()[:6], "big") / 2**48


if __name__ == "__main__":
    raise SystemExit(main())
