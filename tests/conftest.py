"""What all tests share: no setting of the host reaches them, and the way to the data packs beside the repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No KYARA_ variable of the host, and a cache folder of the test's own."""
    for name in [name for name in os.environ if name.startswith("KYARA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """The path of a file of the shared data packs; skips the test where the packs are not beside the repository."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"data pack {name} is not beside the repository (../shared/data)")
        return path

    return find
