"""What all tests share: no setting of the host reaches them, and the way to the data packs beside the repository."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from kyara.records import Evidence, Sample, Sighting, Value

settings.register_profile("unhurried", deadline=None)  # a loaded machine is no failure
settings.load_profile("unhurried")

SHARED = Path(__file__).parents[2] / "shared" / "data"
NAUGHTY = (  # traps of Unicode, of file formats and of those who build queries by hand
    " leading and trailing ",
    "tab\tnew\nline\r\nreturn\r vertical\v form\f",
    "nul\0in the middle",
    "\x01\x02\x1b[31m\x7f\x85",
    'quotes " \' ` \\ \\" and, commas; semicolons | pipes ||| {{ braces }} <b>&amp;</b>',
    "=HYPERLINK('x') +1 -1 @SUM",
    "line\u2028and paragraph\u2029separators",
    "\ufeffbyte order mark",
    "zero\u200bwidth\u200cjoiners\u200d and soft\u00adhyphen",
    "right\u202eto left\u202c \u2066isolate\u2069",
    "e\u0301 is not \u00e9",
    "Z\u0351\u036b\u0343a\u0321\u034al\u0488g\u0337o",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1ef\U0001f1f5 \U0001f3f4\U000e0067\U000e007f",
    "ｆｕｌｌｗｉｄｔｈ ﾊﾝｶｸ ㍿ 葛\U000e0100",
    "ﷺ ﬃ ß İ ı Ǆ",
    "\ue000\uf8f0\uf8f00\uf8f01\uffff\U0010ffff",
    "null",
    "None; NaN; true; 1e309; 0x1p3",
    "__HIVE_DEFAULT_PARTITION__",
    "'; DROP TABLE sample; --",
    "%s %d {0} $HOME `id` ../../etc/passwd",
    "x" * 5000,
)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No KYARA_ variable of the host, cache and data of the test's own, a catalogue only where one is asked for."""
    for name in [name for name in os.environ if name.startswith("KYARA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KYARA_CATALOGUE", "none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """The path of a file of the shared data packs; skips the test where the packs are not beside the repository."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"data pack {name} is not beside the repository (../shared/data)")
        return path

    return find


class RedisServer:
    """A real redis-server of the test's own, which keeps nothing on disk, at a port that stays the same."""

    def __init__(self, binary: str, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [binary, "--port", str(self.port), "--save", "", *options]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, "redis-server does not start"
                assert time.monotonic() < until, "redis-server does not listen"
                time.sleep(0.01)

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server() -> Iterator[Callable[..., RedisServer]]:
    """Starts servers with the options given; skips the test where there is no redis-server."""
    binary, started = shutil.which("redis-server"), list[RedisServer]()
    if binary is None:
        assert "CI" not in os.environ, "CI must have redis-server (.ci/run installs it)"
        pytest.skip("there is no redis-server (apt-get install redis-server)")

    def start(*options: str) -> RedisServer:
        started.append(RedisServer(binary, *options))
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def naughty_samples() -> list[Sample]:
    """One sample a naughty string, which stands in all of its words, its key included."""
    return [
        Sample(
            string, f"{i:064x}", string, tags=string, text=string,
            sightings=(
                Sighting(
                    identity=string, caption=string, hints=(string,), track=string, tags=((string, 0.5),),
                    evidence=(Evidence("tags", "v1", "hair_color", (("pink", 0.9),), (string,)),),
                    values=(Value("hair_color", ("pink",), 0.9, True, (("pink", 0.9),), ("tags",)),),
                ),
            ),
        )
        for i, string in enumerate(NAUGHTY)
    ]  # fmt: skip
