"""Stores and archives by URL, with fsspec's own file systems: memory, zip, a cache in front, a chain of two."""

from __future__ import annotations

import io
import pickle
import tarfile
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyara import extract
from kyara.errors import SourceError
from kyara.flow import Input, Source
from kyara.records import Reason
from kyara.sources import open_source, remote


@pytest.fixture
def store() -> Iterator[str]:
    """A folder of the memory file system, which all tests of a process share."""
    root = f"memory://{uuid.uuid4().hex}"
    yield root
    system, path = fsspec.core.url_to_fs(root)
    if system.exists(path):
        system.rm(path, recursive=True)


def put(url: str, content: bytes) -> None:
    with fsspec.open(url, "wb") as file:
        file.write(content)


def inputs(source: Source, size: int = 100) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_folder_in_a_store(store: str, picture) -> None:
    for name, content in {"b/2.png": picture(2), "a.png": picture(1), "a.txt": b"1girl, hat", ".h/3.png": b""}.items():
        put(f"{store}/{name}", content)
    source = open_source(store + "/")
    first, second = inputs(source)
    assert (first.key, first.uri, first.tags) == ("a.png", f"{store}/a.png", "1girl, hat")
    assert second.key == "b/2.png"
    assert second.image is not None
    assert second.image() == picture(2)
    assert source.count() is None
    assert [sample.width for sample in extract(store, extractors="tags", detectors="none", cache="none")] == [16, 16]


def test_fingerprints_come_from_the_listing(store: str, picture, monkeypatch) -> None:
    put(f"{store}/a.png", picture())
    put(f"{store}/a.txt", b"smile")
    monkeypatch.setattr(remote, "read", lambda *given: pytest.fail("a file was opened"))
    first, again = ([shard.fingerprint for shard in open_source(store).shards(5)] for _ in range(2))
    assert first == again
    put(f"{store}/a.txt", b"hat")
    assert [shard.fingerprint for shard in open_source(store).shards(5)] != first


@pytest.mark.parametrize("kind", ["t.jsonl", "t.csv", "t.json", "t.txt", "t.parquet"])
def test_tables_in_a_store_with_their_pictures(store: str, kind: str, picture) -> None:
    put(f"{store}/p/a.png", picture(7))
    sink = io.BytesIO()
    pq.write_table(pa.table({"file_name": ["p/a.png"], "tags": ["smile"]}), sink)
    rows = {
        "t.jsonl": b'{"file_name": "p/a.png", "tags": "smile"}\n',
        "t.csv": b"file_name,tags\np/a.png,smile\n",
        "t.json": b'[{"file_name": "p/a.png", "tags": "smile"}]',
        "t.txt": b"a girl who smiles\n",
        "t.parquet": sink.getvalue(),
    }
    put(f"{store}/{kind}", rows[kind])
    (item,) = inputs(open_source(f"{store}/{kind}"))
    assert item.uri == f"{store}/{kind}#{2 if kind == 't.csv' else 1}"
    if kind != "t.txt":
        assert item.tags == "smile"
        assert item.image is not None
        assert item.image() == picture(7)


def test_one_picture_and_a_tar_in_a_store(store: str, picture) -> None:
    put(f"{store}/a.png", picture(3))
    put(f"{store}/a.txt", b"smile, hat")
    (item,) = inputs(open_source(f"{store}/a.png"))
    assert (item.key, item.tags) == ("a.png", "smile, hat")
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        info = tarfile.TarInfo("1.png")
        info.size = len(picture(4))
        tar.addfile(info, io.BytesIO(picture(4)))
    put(f"{store}/s/a.tar", sink.getvalue())
    for spec in (f"{store}/s/a.tar", f"{store}/s"):
        (item,) = inputs(open_source(spec))
        assert item.image is not None
        assert item.image() == picture(4)


def test_a_zip_by_path_and_by_url(tmp_path, picture, monkeypatch) -> None:
    path = zipped(tmp_path / "a.zip", {"d/1.png": picture(1), "d/1.txt": b"1girl, bow", "2.jpg": picture(2, "JPEG")})
    monkeypatch.chdir(tmp_path)
    source = open_source("a.zip")
    assert source.name == "a.zip"
    found = inputs(source)
    assert [(item.key, item.tags) for item in found] == [("2.jpg", None), ("d/1.png", "1girl, bow")]
    assert found[1].uri == f"zip://d/1.png::{path.as_uri()}"
    assert fsspec.open(found[1].uri).open().read() == picture(1)
    assert [item.key for item in inputs(open_source("zip://d::a.zip"))] == ["1.png"]
    (shard,) = source.shards(10)
    travelled = list(pickle.loads(pickle.dumps(shard)).inputs())
    assert travelled[0].image is not None
    assert travelled[0].image() == picture(2, "JPEG")


def test_a_zip_written_again_is_read_again(tmp_path, picture) -> None:
    for red in (1, 2):
        zipped(tmp_path / "a.zip", {"1.png": picture(red)})
        (item,) = inputs(open_source(tmp_path / "a.zip"))
        assert item.image is not None
        assert item.image() == picture(red)


def test_a_damaged_member_of_a_zip_is_a_skip(tmp_path, picture) -> None:
    path = zipped(tmp_path / "a.zip", {"1.png": picture(1) * 50, "2.png": picture(2)})
    raw = bytearray(path.read_bytes())
    raw[60:90] = bytes(30)
    path.write_bytes(raw)
    one, two = extract(path, extractors="tags", detectors="none", cache="none")
    assert one.skip is not None
    assert one.skip.reason is Reason.UNREADABLE_FILE
    assert two.skip is None


def test_a_zip_in_a_store(store: str, tmp_path, picture) -> None:
    put(f"{store}/a.zip", zipped(tmp_path / "a.zip", {"1.png": picture(9)}).read_bytes())
    (item,) = inputs(open_source(f"{store}/a.zip"))
    assert item.image is not None
    assert item.image() == picture(9)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("memory://nowhere-at-all", "does not exist; check the address"),
        ("s3://bucket/pictures", "Install s3fs to access S3; install what it names"),
        ("gopher://host/pictures", "Protocol not known"),
        ("zip://x::memory://nowhere.zip", r"nowhere\.zip"),
    ],
)
def test_refused_with_a_remedy(spec: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_source(spec)


@pytest.mark.parametrize(
    ("url", "below", "joined"),
    [
        ("s3://b/a", "x.png", "s3://b/a/x.png"),
        ("memory://", "x", "memory://x"),
        ("zip://::/a.zip", "d", "zip://d::/a.zip"),
        ("zip://d::s3://b/a.zip", "x.png", "zip://d/x.png::s3://b/a.zip"),
        ("simplecache::s3://b/a", "x.png", "simplecache::s3://b/a/x.png"),
    ],
)
def test_join(url: str, below: str, joined: str) -> None:
    assert remote.join(url, below) == joined


def test_what_a_client_raises_becomes_an_os_error(store: str, monkeypatch) -> None:
    put(f"{store}/a.png", b"x")

    def gone(self: object, path: str, **options: object) -> bytes:
        raise RuntimeError("connection reset by peer")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "cat_file", gone)
    with pytest.raises(OSError, match="RuntimeError: connection reset"):
        remote.read(f"{store}/a.png", 100)
    with pytest.raises(OSError, match="at most 0"):
        remote.read(f"{store}/a.png", 0)
