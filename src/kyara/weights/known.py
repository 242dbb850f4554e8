"""The models Kyara knows (models.toml): what each is for, which of its files are fetched, at which commit.

Any other hub id works too, by the patterns of `[any]`. Knows neither network nor disk.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files as resources
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from rapidfuzz import process

from kyara.errors import WeightsError

SAFE = (".safetensors", ".onnx", ".onnx_data", ".data", ".json", ".csv", ".txt", ".model", ".md")
WEIGHTS = (".safetensors", ".onnx")


@dataclass(frozen=True, slots=True)
class Known:
    """`files` are fetched where they are; of `weights` the first group of which every pattern is found."""

    id: str
    purpose: str = "yours"
    licence: str | None = None
    revision: str | None = None
    files: tuple[str, ...] = ()
    weights: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict, compare=False)


@cache
def known() -> Mapping[str, Known]:
    """The models of models.toml by hub id, in the order of the file."""
    return MappingProxyType({one["id"]: _known(one) for one in _toml()["models"]})


def about(model: str) -> Known:
    """What is known of `model`; for an unknown id the general patterns."""
    return known().get(model) or _known({"id": model, **_toml()["any"]})


def nearest(model: str) -> str:
    """The known id most like `model`, for those who mistyped."""
    return str(process.extractOne(model, list(known()))[0])


def choose(model: Known, names: Collection[str], patterns: Sequence[str] = ()) -> list[str]:
    """Which of the repository's files `names` to fetch; `patterns` of one's own take the place of the weights.

    Raises WeightsError where there are no weights that may be read: safetensors and ONNX only, never a pickle.
    """
    groups = [tuple(patterns)] if patterns else model.weights
    for group in groups:
        if all(_matching(names, (pattern,)) for pattern in group):
            chosen = _matching(names, (*model.files, *group, *(f"{one}_data" for one in group)))
            _all_safe(model.id, chosen)
            return chosen
    wanted = " or ".join(" + ".join(group) for group in groups)
    there = ", ".join(sorted(name for name in names if PurePosixPath(name).suffix not in (".md", ".json", ".txt"))[:8])
    raise WeightsError(
        f"model {model.id!r} holds no {wanted}; found {there or 'nothing of use'}. "
        f"Kyara reads safetensors and ONNX only (a pickle can run code): name such files with --files"
    )


def _matching(names: Collection[str], patterns: Sequence[str]) -> list[str]:
    return sorted(name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns))


def _all_safe(model: str, names: Sequence[str]) -> None:
    for name in names:
        if not name.endswith(SAFE):
            raise WeightsError(
                f"model {model!r}: {name} may run code when it is read; Kyara fetches only {', '.join(SAFE)}"
            )


@cache
def _toml() -> dict[str, Any]:
    return tomllib.loads((resources("kyara.weights") / "models.toml").read_text(encoding="utf-8"))


def _known(entry: Mapping[str, Any]) -> Known:
    lists = {"files": tuple(entry["files"]), "weights": tuple(tuple(group) for group in entry["weights"])}
    return Known(**{**entry, **lists})
