"""Addresses: paths, URLs, files in tars and zips, taken apart and put together as strings."""

from __future__ import annotations

import io
import tarfile

import pytest

from kyara.sources import places

KINDS = {  # address: (folder, name, a file beside it)
    "/a/b.png": ("/a", "b.png", "/a/c.txt"),
    "s3://bucket/a/b.png": ("s3://bucket/a", "b.png", "s3://bucket/a/c.txt"),
    "zip://a/b.png::/x.zip": ("zip://a::/x.zip", "b.png", "zip://a/c.txt::/x.zip"),
    "zip://b.png::/x.zip": ("zip://::/x.zip", "b.png", "zip://c.txt::/x.zip"),
    "tar://b.png::s3://k/x.tar": ("tar://::s3://k/x.tar", "b.png", "tar://c.txt::s3://k/x.tar"),
    "simplecache::s3://k/a/b.png": ("simplecache::s3://k/a", "b.png", "simplecache::s3://k/a/c.txt"),
}


@pytest.mark.parametrize("address", KINDS)
def test_taken_apart_and_put_together(address: str) -> None:
    folder, name, beside = KINDS[address]
    assert (places.folder_of(address), places.name_of(address)) == (folder, name)
    assert places.join(folder, name) == address
    assert places.join(folder, "c.txt") == beside


def test_how_they_are_called(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = str(tmp_path)
    assert places.place(f"{here}/a.tar") == "a.tar"
    assert places.place(places.in_tar(f"{here}/a.tar")) == "a.tar"
    assert places.place(f"zip://d::{here}/a.zip") == "a.zip/d"
    assert places.place("s3://bucket/d/") == "s3://bucket/d"
    assert places.uri(f"tar://d/1 2.png::{here}/a.tar") == f"tar://d/1 2.png::{tmp_path.as_uri()}/a.tar"
    assert places.uri("s3://bucket/1.png") == "s3://bucket/1.png"


def test_what_is_near_and_what_is_settled(tmp_path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("1.png")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    member = places.join(places.in_tar(str(path)), "1.png")
    assert places.is_near(str(path))
    assert places.is_near(member)
    assert not places.is_near("s3://bucket/a")
    assert not places.is_near("zip://::s3://bucket/a.zip")
    assert places.settled(member) is None, "written just now"
    assert places.settled("s3://bucket/a") is None
    assert places.size(member) == 3
    assert places.read(member) == b"abc"
    with pytest.raises(OSError, match="at most 2"):
        places.read(member, 2)
    gone = places.join(places.in_tar(str(path)), "2.png")
    assert places.stamp(gone).startswith(b"unseen")
    assert not places.is_folder(member)
    assert places.is_folder(places.in_tar(str(path)))
