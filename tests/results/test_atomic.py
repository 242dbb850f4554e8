"""A file is the old one or the new one whatever happens, and what goes wrong comes with a remedy."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kyara.errors import OutputError
from kyara.results.atomic import said_as_output_error, write_atomically


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.json"


def test_the_new_one_takes_the_old_ones_place(path: Path) -> None:
    path.write_bytes(b"old")
    write_atomically(path, lambda temporary: temporary.write_bytes(b"new"))
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["file.json"]


@pytest.mark.parametrize("failure", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt(), ValueError("x")])
def test_a_failure_leaves_the_old_one_and_nothing_else(failure: BaseException, path: Path) -> None:
    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise failure

    path.write_bytes(b"old")
    with pytest.raises(OutputError if isinstance(failure, OSError) else type(failure)):
        write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["file.json"]


def test_a_kill_leaves_one_or_the_other(path: Path) -> None:
    code = """if True:
        import sys
        from pathlib import Path
        from kyara.results.atomic import write_atomically
        print(flush=True)
        for n in range(10**9):
            write_atomically(Path(sys.argv[1]), lambda path: path.write_bytes(bytes([n % 256]) * 100_000))
        """
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            while not path.exists():
                time.sleep(0.001)
            time.sleep(0.02)
            child.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        assert content == content[:1] * 100_000


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(errno.ENOSPC, "free some space"), (errno.EDQUOT, "free some space"), (errno.EROFS, "choose another --out")],
)
def test_an_os_error_is_said_with_its_remedy(code: int, remedy: str, path: Path) -> None:
    with pytest.raises(OutputError, match=remedy) as said, said_as_output_error(path):
        raise OSError(code, os.strerror(code))
    assert str(path) in str(said.value)
    assert os.strerror(code) in str(said.value)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB. Mounting it takes root."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root; test_an_os_error_is_said_with_its_remedy stands in")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_keeps_the_old_one_and_what_room_there_was(small_disk: Path) -> None:
    path = small_disk / "file"
    write_atomically(path, lambda temporary: temporary.write_bytes(b"old"))
    with pytest.raises(OutputError, match="No space left on device; free some space and run the same command again"):
        write_atomically(path, lambda temporary: temporary.write_bytes(os.urandom(100_000)))
    assert path.read_bytes() == b"old"
    write_atomically(path, lambda temporary: temporary.write_bytes(b"n" * 20_000))
    assert path.stat().st_size == 20_000
