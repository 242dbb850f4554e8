"""What the builtin network makes of the 733 rows it was chosen by, beside tags and two looks at each crop.

How often its answer is the tag; the tag where a look saw it too, else what the second look saw; any colour that a look
saw. And how often it names the tag when it is told what the looks saw, to rising powers, the worth of a look counted on
the crops it learned from: what more knowledge of the picture is worth to whoever must guess a tag. The goal: 0.90 of
the answers were seen by a look. `--broken` deals the looks out anew; it must fail.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.resources import files
from pathlib import Path

import torch
from torch import Tensor

from builtin_faces import SPLITS
from builtin_splits import PACKS
from kyara.training.builtin.augmentation import normalised
from kyara.training.builtin.crops import COLOURS, UNLABELLED, Crops, faces
from kyara.training.builtin.looks import Belief, joined
from kyara.training.builtin.teachers import Teacher

GOAL = 0.90
POWERS = (0.0, 0.1, 0.25, 0.5, 1.0)
THREADS, AT_ONCE = 2, 128


def chances(network: Path, crops: Crops) -> list[Tensor]:
    """(n, 12) of hair and (n, 11) of eyes."""
    asked = Teacher(network, THREADS)
    parts = [asked(normalised(pixels)) for pixels in torch.split(crops.pixels, AT_ONCE)]
    return [torch.cat(part) for part in zip(*parts, strict=True)]


def scored(said: Tensor, tags: Tensor, looks: Tensor) -> dict[str, float]:
    """Shares of the rows whose second look saw something; `tag` of all rows."""
    answer, second = said.argmax(1), looks[:, 1, 0]
    allowed = (looks == tags[:, None, None]).flatten(1).any(1)
    seen = (looks == answer[:, None, None]).flatten(1).any(1)
    clear = second != UNLABELLED
    right = {
        "tag": answer == tags,
        "confirmed": (answer == torch.where(allowed, tags, second))[clear],
        "seen": seen[clear],
    }
    return {name: round(float(rows.float().mean()), 4) for name, rows in right.items()}


def told(said: Tensor, tags: Tensor, looks: Tensor, learned: tuple[Tensor, Tensor]) -> dict[str, float]:
    """How often the tag is named by network and looks together, by the power of the looks."""
    every = torch.cat([learned[0], torch.full_like(tags, UNLABELLED)])
    seen, nothing = torch.cat([learned[1], looks]), torch.ones(len(learned[0]), said.shape[1])
    answers = {
        power: joined(torch.cat([nothing, said]), every, seen, Belief(power, 1.0))[-len(tags) :] for power in POWERS
    }
    return {f"told_{power}": round(float((a.argmax(1) == tags).float().mean()), 4) for power, a in answers.items()}


def main() -> int:
    """Print a line an attribute and one JSON line; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(str(files("kyara.builtin").joinpath("faces.onnx")))
    parser.add_argument("--network", type=Path, default=default, help="faces.onnx, with faces.toml beside it")
    parser.add_argument("--data", type=Path, default=PACKS)
    parser.add_argument("--broken", action="store_true", help="deal the looks out anew: must fail")
    options = parser.parse_args()
    learn, checks = faces(options.data, SPLITS)
    looks = checks.looks
    if options.broken:
        looks = looks[torch.randperm(len(looks), generator=torch.Generator().manual_seed(4))]
    tags = zip(COLOURS, (checks.hair, checks.eyes), (learn.hair, learn.eyes), strict=True)
    result: dict[str, object] = {"benchmark": "builtin_looks", "broken": options.broken, "passed": True}
    for place, ((name, checked, learned), said) in enumerate(zip(tags, chances(options.network, checks), strict=True)):
        shares = scored(said, checked, looks[:, place])
        shares |= told(said, checked, looks[:, place], (learned, learn.looks[:, place]))
        print(name, *(f"{what} {share:.3f}" for what, share in shares.items()), sep="  ")
        result |= {f"{name}_{what}": share for what, share in shares.items()}
        result["passed"] = result["passed"] and shares["seen"] >= GOAL
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
