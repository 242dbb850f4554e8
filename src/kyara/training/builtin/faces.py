"""`python -m kyara.training.builtin.faces --data PACKS --splits TABLES --out WORK`: from the data packs to faces.onnx.

First the trunk (hair and eye colours, no names), from labels and looks and, with `--teacher`, from larger networks;
then four folds, each without three characters, that only say how good the embedding is; then the network that ships,
which learns all characters. Everything random follows from the seed; the same command goes on after a kill. Nothing
held out is read, but for the embedding's thresholds, which are quantiles of what the folds answer.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from kyara.errors import KyaraError
from kyara.training.builtin.attributes import (
    ALONE,
    BEHIND_TEACHERS,
    SEED,
    TAGS,
    Course,
    Say,
    Term,
    ask,
    learn_attributes,
    right,
)
from kyara.training.builtin.augmentation import Variation
from kyara.training.builtin.backbone import Faces, Shape
from kyara.training.builtin.calibration import calibration_error, temperature
from kyara.training.builtin.crops import EYES, HAIR, SIDE_PX, Crops, Named, faces, identities
from kyara.training.builtin.embedding import Lessons, Practice, learn_embedding, lessons_of, similarities
from kyara.training.builtin.export import Plain, write_onnx, write_safetensors, write_toml
from kyara.training.builtin.stem import TOY
from kyara.training.builtin.teachers import Asked, Teacher

FOLDS = (1, 2, 3, 4)
FALSE_ACCEPTS = {"far_1_percent": 0.01, "far_0_1_percent": 0.001}
COMMAND = "python -m kyara.training.builtin.faces --data ../shared/data --splits benchmarks/data/builtin --out WORK"
TAUGHT = f"{COMMAND} --teacher TEACHER"
HEADING = "Numbers of faces.onnx, written by its training (kyara.training.builtin.faces); the card is faces.md."


@dataclass(frozen=True, slots=True)
class Plan:
    """What is learned and how long: colours `alone` or `behind` teachers, then names."""

    alone: Course
    behind: Course
    practice: Practice

    def seeded(self, seed: int) -> Plan:
        """The same, with colours learned by another `seed`."""
        return replace(self, alone=replace(self.alone, seed=seed), behind=replace(self.behind, seed=seed))


FULL = Plan(ALONE, BEHIND_TEACHERS, Practice())
TOY_SHAPE = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)
SHORT = Term(2, 1e-3, Variation(), 0.1, 0.5)
TINY = Plan(
    Course(TOY_SHAPE, (replace(SHORT, side_px=32), SHORT), TAGS, imagenet=False),
    Course(TOY_SHAPE, (replace(SHORT, looks=False), SHORT), TAGS, imagenet=False),
    Practice(20, characters=3, of_each=2, weak_classes=4),
)


class Training:
    """The stages, in the order in which they stand."""

    def __init__(
        self, plan: Plan, data: Path, splits: Path, work: Path, say: Say, teachers: Sequence[Asked] = ()
    ) -> None:
        self.plan, self.data, self.splits, self.work, self.say = plan, data, splits, work, say
        self.teachers = teachers
        self.course = plan.behind if teachers else plan.alone
        self.spent: dict[str, float] = {}
        work.mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        crops, named = faces(self.data, self.splits), identities(self.data, self.splits)
        trunk = self.trunk(crops)
        lessons = lessons_of(trunk, named.crops, crops[0], self.plan.practice, self.names(trunk) / "seen.pt")
        cosines = [self.fold(fold, trunk, named, lessons) for fold in FOLDS]
        last = self.embedding("faces", trunk, lessons.only(named.learned(0)))
        self.write(last, crops[1], cosines)
        minutes = ", ".join(f"{stage} {seconds / 60:.1f}" for stage, seconds in self.spent.items())
        self.say(f"CPU minutes of learning: {minutes}; together {sum(self.spent.values()) / 60:.1f}")

    def trunk(self, crops: tuple[Crops, Crops]) -> Faces:
        """What knows hair and eye colours, and no names."""
        learners = learn_attributes(self.course, crops, self.work, self.say, self.teachers)
        self.spent["trunk"] = sum(learner.cpu_s for learner in learners)
        trunk = learners[-1].average
        assert isinstance(trunk, Faces)
        return trunk

    def fold(self, fold: int, trunk: Faces, named: Named, lessons: Lessons) -> tuple[Tensor, Tensor]:
        """Learn without three characters; the cosines of their pairs, of one and of two."""
        network = self.embedding(f"fold{fold}", trunk, lessons.only(named.learned(fold)))
        write_onnx(network, SIDE_PX, self.work / f"fold{fold}.onnx")
        rows = named.judged(fold)
        strange = ask(network, named.crops.pixels[rows]).embedding
        return similarities(strange, named.crops.names[rows], named.pictures[rows])

    def names(self, trunk: Faces) -> Path:
        """Where the second stage keeps what it has done; another trunk, of a changed plan say, has another place."""
        mark = hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in trunk.state_dict().values())).hexdigest()
        place = self.work / f"names-{mark[:12]}"
        place.mkdir(exist_ok=True)
        return place

    def embedding(self, name: str, trunk: Faces, lessons: Lessons) -> Faces:
        checkpoint = self.names(trunk) / f"{name}.pt"
        learner = learn_embedding(trunk, self.plan.practice, lessons, checkpoint)
        self.spent[name] = learner.cpu_s
        self.say(f"{name}: learned from {len(lessons.named)} named crops in {learner.cpu_s / 60:.1f} CPU minutes")
        network = deepcopy(trunk)
        network.who.load_state_dict(learner.average.state_dict())
        return network

    def write(self, network: Faces, checks: Crops, cosines: list[tuple[Tensor, Tensor]]) -> None:
        answer = ask(network, checks.pixels)
        parts: dict[str, dict[str, Plain]] = {
            "network": {
                "input": "pixel_values", "side_px": SIDE_PX, "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5),
                "colours": "RGB", "crop": "square", "embedding": "embedding",
                "embedding_size": network.shape.embedding,
            },
            "training": {
                "command": TAUGHT if self.teachers else COMMAND, "seed": self.course.seed,
                "checked_rows": len(checks),
            },
        }  # fmt: skip
        for name, logits, labels, known in (
            ("hair_color", answer.hair, checks.hair, HAIR), ("eye_color", answer.eyes, checks.eyes, EYES),
        ):  # fmt: skip
            divisor = temperature(logits, labels)
            parts[name] = {"output": name, "labels": known, "temperature": divisor}
            self.say(
                f"{name}: right on {right(logits, labels):.3f} of the checked rows, temperature {divisor:.3f},"
                f" ECE {calibration_error(logits / divisor, labels):.3f}"
            )
        parts["same_character"] = {  # cosine from which on two heads are taken for one character
            name: sum(float(torch.quantile(_some(d), 1 - rate)) for _, d in cosines) / len(cosines)
            for name, rate in FALSE_ACCEPTS.items()
        }
        write_onnx(network, SIDE_PX, self.work / "faces.onnx")
        write_safetensors(network, self.work / "faces.safetensors")
        write_toml(parts, self.work / "faces.toml", HEADING)


def _some(cosines: Tensor) -> Tensor:
    """Evenly picked: torch.quantile takes 16 million at most."""
    return cosines[:: 1 + len(cosines) // 10_000_000]


def main(arguments: list[str] | None = None) -> int:
    """Train, or go on training; 2 and one line where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m kyara.training.builtin.faces", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data packs")
    parser.add_argument(
        "--splits", type=Path, default=Path("benchmarks/data/builtin"), help="tables of what is held out"
    )
    parser.add_argument("--out", type=Path, required=True, help="where checkpoints and networks go")
    parser.add_argument(
        "--teacher", type=Path, action="append", default=[], help="faces.onnx to learn colours from first; repeat"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="what the colours are learned by")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tiny", action="store_true", help="a network of toy size, in seconds: proves the pipeline")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {line}", flush=True)

    try:
        teachers = [Teacher(path, options.threads) for path in options.teacher]
        plan = (TINY if options.tiny else FULL).seeded(options.seed)
        Training(plan, options.data, options.splits, options.out, say, teachers).run()
    except KyaraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
