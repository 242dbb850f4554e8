"""One network of one set of weights: loaded when it is first run, once per process, and unloaded when asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from kyara.weights.runtime import Runtime
from kyara.weights.session import Arrays, Session, open_session


class Model:
    """The network in the file `path` on `runtime`. Safe to call from several threads."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        self.path = path
        self.runtime = runtime
        self._lock = Lock()
        self._session: Session | None = None
        self.digest = hashlib.sha256(f"{_file_digest(path)} {runtime.label}".encode()).hexdigest()[:16]

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        """All outputs by name, for named inputs whose first dimension is the batch."""
        return self.session.run(feeds)

    @property
    def session(self) -> Session:
        with self._lock:
            if self._session is None:
                self._session = open_session(self.path, self.runtime)
            return self._session

    def unload(self) -> None:
        """Lets go of the session; the next run loads it again."""
        with self._lock:
            self._session = None


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
