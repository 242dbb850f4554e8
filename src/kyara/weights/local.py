"""What is on this machine: a hub id (or a folder of one's own) to its files, without asking any network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights import stored
from kyara.weights.known import known, nearest

BUILTIN = "builtin"  # the name of what comes with the package


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of one model: `folder` has the hub's layout. `revision` is the commit, or "local" for one's own.

    `sha256` has the verified hash of every file that was pulled; None for a folder of one's own.
    """

    name: str
    revision: str
    folder: Path
    sha256: Mapping[str, str] | None = field(default=None, compare=False)

    def file(self, *names: str) -> Path:
        """The first of `names` (paths inside the folder) that is there. Raises MissingWeightsError."""
        for name in names:
            if found := self.optional(name):
                return found
        wanted = " or ".join(names)
        if self.sha256 is None:
            raise MissingWeightsError(f"the folder {self.folder} holds no {wanted}; give one in the hub's layout")
        raise MissingWeightsError(f"model {self.name!r} holds no {wanted}; run `kyara models pull {self.name}`")

    def optional(self, name: str) -> Path | None:
        """The file `name`, None where there is none."""
        return self.folder / name if self._holds(name) else None

    def digest(self, *names: str) -> str:
        """SHA-256 (first 16 hex digits) of the named small files that are there: configurations and tag lists."""
        digest = hashlib.sha256()
        for name in names:
            digest.update((self.folder / name).read_bytes() if self._holds(name) else b"absent")
        return digest.hexdigest()[:16]

    def _holds(self, name: str) -> bool:
        # the hub's cache is shared: what another tool put beside the pulled files was verified by nobody
        return (self.folder / name).is_file() if self.sha256 is None else name in self.sha256


def find(model: str, revision: str | None = None, folder: Path | None = None) -> Weights:
    """The weights called `model`: a folder, "builtin", or a hub id that was pulled; `folder` is where the records lie.

    Milliseconds: files whose size and time are as verified are not read. Raises MissingWeightsError with the command
    that fetches them, WeightsError where a file is damaged.
    """
    if Path(model).is_dir():
        return Weights(model, "local", Path(model))
    if model == BUILTIN:
        return Weights(BUILTIN, "local", Path(str(files("kyara"))) / BUILTIN)
    records = folder or stored.models_folder()
    if (found := stored.read(model, revision, records)) is None:
        raise MissingWeightsError(_not_here(model, revision))
    stored.check(found, records)
    return Weights(model, found.revision, found.folder, {file.name: file.sha256 for file in found.files})


def json_of(path: Path) -> dict[str, Any]:
    """The JSON object in the file `path`. Raises WeightsError where it is none."""
    try:
        content = orjson.loads(path.read_bytes())
    except ValueError as error:
        raise WeightsError(f"{path}: not JSON: {error}; fetch the model again with `kyara models pull`") from error
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: {type(content).__name__} found; a JSON object is expected: fetch the model again")
    return content


def is_here(model: str, revision: str | None = None, folder: Path | None = None) -> bool:
    """True when `find` would answer. A damaged model is here, and is an error when it is used."""
    try:
        find(model, revision, folder)
    except MissingWeightsError:
        return False
    except WeightsError:
        return True
    return True


def _not_here(model: str, revision: str | None) -> str:
    said = f"model {model!r}{f' at revision {revision!r}' if revision else ''} is not on this machine"
    if model.startswith((".", "/", "~")) or model.count("/") > 1:
        return f"{said}: there is no such folder; give a folder that is there, or a hub id such as {nearest(model)}"
    near = "" if model in known() else f" (the nearest that Kyara knows is {nearest(model)})"
    return f"{said}; run `kyara models pull {model}{f' --revision {revision}' if revision else ''}`{near}"
