"""One network of one set of weights: loaded when it is first run, once per process, and unloaded when asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from kyara.weights.contents import content_of
from kyara.weights.laid_out import laid_out
from kyara.weights.quantise import int8_of
from kyara.weights.runtime import Runtime
from kyara.weights.session import Arrays, Session, open_session
from kyara.weights.stored import models_folder


class Model:
    """The network at `path` on `runtime`, or for int8 what was quantised of it. Safe to call from several threads.

    Raises MissingWeightsError where there is no such file, WeightsError where none was quantised.
    """

    def __init__(self, path: Path, runtime: Runtime) -> None:
        self.path = path
        self.runtime = runtime
        self._lock = Lock()
        self._session: Session | None = None
        self._folder = runtime.folder or models_folder()
        self._runs = int8_of(path, self._folder) if runtime.precision == "int8" else path
        content = content_of(self._runs, self._folder)
        self.digest = hashlib.sha256(f"{content} {runtime.label}".encode()).hexdigest()[:16]

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        """All outputs by name, for named inputs whose first dimension is the batch."""
        return self.session.run(feeds)

    @property
    def session(self) -> Session:
        with self._lock:
            if self._session is None:
                self._session = open_session(laid_out(self._runs, self.runtime, self._folder), self.runtime)
            return self._session

    def unload(self) -> None:
        """Lets go of the session; the next run loads it again."""
        with self._lock:
            self._session = None
