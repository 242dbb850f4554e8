import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.sources import files

names = st.binary(min_size=1, max_size=12).filter(lambda b: b"/" not in b and b"\0" not in b)


@given(names, names)
def test_portable_names_are_utf8_and_never_collide(one: bytes, two: bytes) -> None:
    a, b = (files.portable(name.decode("utf-8", "surrogateescape")) for name in (one, two))
    a.encode("utf-8")
    assert (a == b) == (one == two)


def test_portable_shows_undecodable_bytes_and_doubles_backslashes() -> None:
    assert files.portable(b"caf\xe9.png".decode("utf-8", "surrogateescape")) == r"caf\xe9.png"
    assert files.portable(r"caf\xe9.png") == r"caf\\xe9.png"
    assert files.portable("日本/é.png") == "日本/é.png"


def test_uri_of_an_undecodable_name_is_ascii() -> None:
    assert files.uri(os.fsdecode(b"/x/caf\xe9.png")) == "file:///x/caf%E9.png"


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_digest_tells_parts_apart(one: list[bytes], two: list[bytes]) -> None:
    assert (files.digest(one) == files.digest(two)) == (one == two)


def test_read_refuses_large_files_pipes_folders_and_absent_ones(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    os.mkfifo(tmp_path / "pipe")
    assert files.read(str(tmp_path / "a"), 5) == b"12345"
    with pytest.raises(OSError, match="at most 4"):
        files.read(str(tmp_path / "a"), 4)
    for name in ("pipe", "", "absent", "nul\0"):
        with pytest.raises(OSError, match=r"."):
            files.read(os.path.join(str(tmp_path), name))
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)


def test_stamp_changes_with_the_file(tmp_path) -> None:
    path = tmp_path / "a"
    absent = files.stamp(str(path))
    path.write_bytes(b"1")
    first = files.stamp(str(path))
    path.write_bytes(b"12")
    assert len({absent, first, files.stamp(str(path))}) == 3


def test_a_settled_file_is_known_until_its_bytes_or_its_place_change(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SETTLES_S", 0)
    path, twin = tmp_path / "a", tmp_path / "b"
    assert files.settled(str(path)) is None
    path.write_bytes(b"one")
    first = files.settled(str(path))
    assert first == files.settled(str(path))
    status = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # only ctime tells
    assert files.settled(str(path)) not in (None, first)
    os.link(path, twin)
    assert files.settled(str(path)) != files.settled(str(twin))
    assert files.settled("a\0b") is None


def test_a_file_written_just_now_may_be_changing(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    assert files.settled(str(tmp_path / "a")) is None


def test_place_is_relative_below_the_working_directory(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert files.place(str(tmp_path / "a" / "b")) == os.path.join("a", "b")
    assert files.place(str(tmp_path)) == "."
    assert files.place(str(tmp_path.parent / "c")) == str(tmp_path.parent / "c")
