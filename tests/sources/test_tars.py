"""Tars as folders: shards that the webdataset package and tarfile write, whole and damaged."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path

import pytest
import webdataset

from kyara import extract
from kyara.errors import SourceError
from kyara.flow import Input, Source
from kyara.records import Reason
from kyara.sources import open_source, tars


def packed(path: Path, files: dict[str, bytes], mtime: int = 0) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), mtime
            tar.addfile(info, io.BytesIO(content))
    return path


def inputs(source: Source, size: int = 100) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


def content(item: Input) -> bytes:
    assert item.image is not None
    return item.image()


def test_shards_of_the_webdataset_package(tmp_path, picture) -> None:
    with webdataset.TarWriter(str(tmp_path / "000.tar")) as sink:
        for number in range(5):
            sink.write({
                "__key__": f"sample{number:03}",
                "jpg": picture(number, "JPEG"),
                "txt": f"1girl, smile, {number}_bells",
                "json": {"rating": "g"},
                "cls": 3,
            })  # fmt: skip
    source = open_source(tmp_path / "000.tar")
    found = inputs(source)
    assert [item.key for item in found] == [f"sample{number:03}.jpg" for number in range(5)]
    assert [item.tags for item in found] == [f"1girl, smile, {n}_bells, rating:g" for n in range(5)]
    assert [content(item) for item in found] == [picture(number, "JPEG") for number in range(5)]
    assert found[0].uri == f"tar://sample000.jpg::{(tmp_path / '000.tar').as_uri()}"
    assert source.count() == 5


def test_several_pictures_of_one_sample_share_what_is_said_of_it(tmp_path, picture) -> None:
    packed(tmp_path / "a.tar", {"x/1.input.png": picture(1), "x/1.target.png": picture(2), "x/1.txt": b"1girl, hat"})
    assert [(item.key, item.tags) for item in inputs(open_source(tmp_path / "a.tar"))] == [
        ("x/1.input.png", "1girl, hat"),
        ("x/1.target.png", "1girl, hat"),
    ]


def test_a_folder_of_shards_as_860k_ordered_tags_has_them(tmp_path, picture) -> None:
    (tmp_path / "README.md").write_text("# tags")
    (tmp_path / "data").mkdir()
    for number in (1, 0):
        files = {f"{number}{i}.txt": f"1girl, hatsune miku, vocaloid, {number}{i}".encode() for i in range(2)}
        files |= {
            f"{number}{i}.webp": picture(10 * number + i, "WEBP") for i in range(2)
        }  # captions first, then pictures
        packed(tmp_path / "data" / f"{number:04}.tar", files)
    found = inputs(open_source(tmp_path), 1)
    names = ["0000.tar/00.webp", "0000.tar/01.webp", "0001.tar/10.webp", "0001.tar/11.webp"]
    assert [item.key.rpartition("data/")[2] for item in found] == names
    assert found[3].tags == "1girl, hatsune miku, vocaloid, 11"
    assert content(found[3]) == picture(11, "WEBP")


def test_pictures_beside_tars_are_read_too(tmp_path, picture) -> None:
    packed(tmp_path / "a.tar", {"1.png": picture()})
    (tmp_path / "b.png").write_bytes(picture())
    assert [item.key.rpartition("/")[2] for item in inputs(open_source(tmp_path))] == ["b.png", "1.png"]


def test_it_runs_and_travels_to_other_processes(tmp_path, picture) -> None:
    path = packed(tmp_path / "a.tar", {"1.png": picture(), "1.txt": b"1girl, pink_hair", "2.png": b"", "3.png": b"GIF"})
    (shard,) = open_source(path).shards(10)
    assert [item.key for item in pickle.loads(pickle.dumps(shard)).inputs()] == ["1.png", "2.png", "3.png"]
    one, two, three = extract(path, extractors="tags", detectors="none", cache="none")
    assert one.sightings[0].value("hair_color").labels == ("pink",)
    assert (one.width, one.height) == (16, 12)
    assert [sample.skip.reason for sample in (two, three)] == [Reason.EMPTY_FILE, Reason.NOT_AN_IMAGE]


def test_fingerprint_sees_what_changes_without_opening_a_picture(tmp_path, picture, monkeypatch) -> None:
    path = packed(tmp_path / "a.tar", {"1.png": picture(), "1.txt": b"smile"})
    monkeypatch.setattr("kyara.sources.places.read", lambda *given: pytest.fail("a member was opened"))
    first, again = ([shard.fingerprint for shard in open_source(path).shards(5)] for _ in range(2))
    assert first == again
    packed(path, {"1.png": picture(), "1.txt": b"SMILE"})
    assert [shard.fingerprint for shard in open_source(path).shards(5)] != first


def test_names_links_and_duplicates(tmp_path, picture) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        for name, red in (
            ("./a/1.png", 1),
            ("/abs.png", 2),
            ("../up.png", 3),
            ("./a/1.png", 4),
            ("長い" * 80 + ".png", 5),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(picture(red))
            tar.addfile(info, io.BytesIO(picture(red)))
        for kind, name in (
            (tarfile.LNKTYPE, "hard.png"),
            (tarfile.SYMTYPE, "soft.png"),
            (tarfile.FIFOTYPE, "pipe.png"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "./a/1.png"
            tar.addfile(info)
    found = {item.key: item for item in inputs(open_source(tmp_path / "a.tar"))}
    assert list(found) == ["a/1.png", "abs.png", "hard.png", "up.png", "長い" * 80 + ".png"]
    assert content(found["a/1.png"]) == content(found["hard.png"]) == picture(4)
    assert content(found["up.png"]) == picture(3)


def test_a_tar_that_breaks_off_gives_what_comes_before(tmp_path, picture) -> None:
    path = packed(tmp_path / "a.tar", {"1.png": picture(), "2.png": picture(), "3.png": picture()})
    header, body = 512, 512
    path.write_bytes(path.read_bytes()[: 2 * (header + body) + header + 10])
    one, two, three = inputs(open_source(path))[:3]
    assert content(one) == content(two) == picture()
    with pytest.raises(OSError, match="tar ends within this file"):
        content(three)
    path.write_bytes(path.read_bytes()[: header + body] + b"rubbish" * 200)
    one, rest = inputs(open_source(path))
    assert one.key == "1.png"
    assert rest.skip is not None
    assert rest.skip.reason is Reason.UNREADABLE_FOLDER
    assert "damaged behind 1 files" in rest.skip.detail


def test_no_tar_and_compressed_tars_are_refused(tmp_path, picture) -> None:
    (tmp_path / "a.tar").write_bytes(b"no tar" * 200)
    with pytest.raises(SourceError, match=r"a\.tar: cannot be read as a tar"):
        open_source(tmp_path / "a.tar")
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz"):
        pass
    with pytest.raises(SourceError, match=r"decompress it to a \.tar"):
        open_source(tmp_path / "b.tar.gz")
    with pytest.raises(SourceError, match="no picture"):
        open_source(packed(tmp_path / "c.tar", {"a.txt": b"1girl"}))


def test_a_broken_tar_among_others_is_a_skip(tmp_path, picture) -> None:
    packed(tmp_path / "a.tar", {"1.png": picture()})
    (tmp_path / "b.tar").write_bytes(b"no tar" * 200)
    one, broken = inputs(open_source(tmp_path))
    assert one.skip is None
    assert broken.skip is not None
    assert "cannot be read as a tar" in broken.skip.detail


def test_folders_of_an_index() -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        for name in ("a/b/1.png", "2.png"):
            tar.addfile(tarfile.TarInfo(name))
    sink.seek(0)
    index = tars.indexed(sink)
    assert sorted(index.names("")) == ["2.png", "a"]
    assert index.names("a/b") == ["1.png"]
    with pytest.raises(FileNotFoundError):
        index.names("c")
