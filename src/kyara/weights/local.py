"""What is on this machine: a hub id (or a folder of one's own) to its files, without asking any network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from kyara.errors import MissingWeightsError


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of one model: `folder` has the hub's layout. `revision` is the commit, or "local" for one's own."""

    name: str
    revision: str
    folder: Path

    def file(self, *names: str) -> Path:
        """The first of `names` (paths inside the folder) that is there. Raises MissingWeightsError."""
        for name in names:
            if (path := self.folder / name).is_file():
                return path
        wanted = " or ".join(names)
        raise MissingWeightsError(f"model {self.name!r} holds no {wanted}; run `kyara models pull {self.name}`")

    def digest(self, *names: str) -> str:
        """SHA-256 (first 16 hex digits) of the named small files that are there: configurations and tag lists."""
        digest = hashlib.sha256()
        for name in names:
            path = self.folder / name
            digest.update(path.read_bytes() if path.is_file() else b"absent")
        return digest.hexdigest()[:16]


def find(model: str, revision: str | None = None) -> Weights:
    """The weights called `model`: a folder, or a hub id that was pulled. Raises MissingWeightsError."""
    folder = Path(model)
    if folder.is_dir():
        return Weights(model, "local", folder)
    raise MissingWeightsError(f"model {model!r} is not on this machine; run `kyara models pull {model}`")


def is_here(model: str, revision: str | None = None) -> bool:
    """True when `find` would answer."""
    try:
        find(model, revision)
    except MissingWeightsError:
        return False
    return True
