import os
import shutil
import time
from pathlib import Path

import pytest

from kyara.errors import SourceError
from kyara.flow import Input
from kyara.records import Reason
from kyara.sources.folder import FolderSource, open_folder, open_picture

KOHYA = Path(__file__).parents[3] / "shared" / "data" / "kohya_sample"


def put(root: Path, *names: str, content: bytes = b"picture") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def inputs(source: FolderSource, size: int = 1000) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


def fingerprints(source: FolderSource, size: int = 1000) -> list[str]:
    return [shard.fingerprint for shard in source.shards(size)]


def test_order_is_that_of_paths_as_strings(tmp_path) -> None:
    names = ["a/x.png", "a b/x.png", "a.png", "a-1/x.jpg", "B.png", "é.png", "a/b/c/d.webp", "ab.gif", "a.d/x.png"]
    put(tmp_path, *names)
    keys = [item.key for item in inputs(open_folder(str(tmp_path)))]
    assert keys == sorted(names)
    assert open_folder(str(tmp_path)).count() == len(names)


def test_shards_are_cut_consecutively(tmp_path) -> None:
    put(tmp_path, *(f"{i:02}.png" for i in range(7)))
    shards = list(open_folder(str(tmp_path)).shards(3))
    assert [(shard.index, shard.count) for shard in shards] == [(0, 3), (1, 3), (2, 1)]
    assert [[item.key for item in shard.inputs()] for shard in shards][2] == ["06.png"]
    assert len(list(shards[0].inputs())) == 3, "a shard can be read again"


def test_only_pictures_that_are_not_hidden(tmp_path) -> None:
    put(tmp_path, "A.JPG", "b.heic", "c.psd", ".d.png", ".e/f.png", "g.txt", "h.pdf", "._A.JPG")
    assert [item.key for item in inputs(open_folder(str(tmp_path)))] == ["A.JPG", "b.heic", "c.psd"]


def test_sidecars_of_every_kind(tmp_path) -> None:
    put(tmp_path, "a.png", "a.jpg", "b.png", "c.png", "d.png")
    put(tmp_path, "a.txt", "b.png.TXT", content=b"1girl, long hair, smile")
    put(tmp_path, "a.caption", content=b"She is happy.")
    put(tmp_path, "c.json", content=b'{"tags": ["long hair"], "sightings": [{"head": [0, 0, 5, 5]}]}')
    put(tmp_path, "lonely.txt", content=b"1girl")
    found = {item.key: item for item in inputs(open_folder(str(tmp_path)))}
    assert list(found) == ["a.jpg", "a.png", "b.png", "c.png", "d.png"]
    assert [found[key].tags for key in found] == [*["1girl, long hair, smile"] * 3, "long_hair", None]
    assert found["a.jpg"].text == found["a.png"].text == "She is happy."
    assert found["c.png"].sightings[0].head == (0, 0, 5, 5)
    image = found["a.png"].image
    assert image is not None
    assert image() == b"picture"


def test_bad_sidecar_is_a_skip_and_the_rest_goes_on(tmp_path) -> None:
    put(tmp_path, "a.png", "b.png")
    put(tmp_path, "a.txt", content=b"\xff\xff")
    a, b = inputs(open_folder(str(tmp_path)))
    assert a.skip is not None
    assert a.skip.reason is Reason.BAD_SIDECAR
    assert "a.txt" in a.skip.detail
    assert b.skip is None


def test_fingerprint_sees_every_change_and_no_move(tmp_path) -> None:
    root = tmp_path / "one"
    put(root, "a.png", "sub/b.png")
    put(root, "a.txt", content=b"black hair, smile")
    source = open_folder(str(root))
    first = fingerprints(source)
    assert fingerprints(source) == first
    status = (root / "a.txt").stat()
    put(root, "a.txt", content=b"white hair, smile")
    os.utime(root / "a.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    edited = fingerprints(source)
    assert edited != first
    shutil.move(root, tmp_path / "two")
    assert fingerprints(open_folder(str(tmp_path / "two"))) == edited
    put(tmp_path / "two", "sub/b.png", content=b"another")
    assert fingerprints(open_folder(str(tmp_path / "two"))) != edited


def test_fingerprint_of_other_shards_stays(tmp_path) -> None:
    put(tmp_path, "a.png", "b.png")
    source = open_folder(str(tmp_path))
    first = fingerprints(source, 1)
    put(tmp_path, "b.txt", content=b"smile")
    assert [old == new for old, new in zip(first, fingerprints(source, 1), strict=True)] == [True, False]


def test_link_loops_end_and_links_are_followed(tmp_path) -> None:
    put(tmp_path, "real/a.png")
    (tmp_path / "real" / "up").symlink_to(tmp_path)
    (tmp_path / "real" / "self.png").symlink_to(tmp_path / "real" / "self.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    found = {item.key: item for item in inputs(open_folder(str(tmp_path)))}
    assert list(found) == ["gone.png", "link/a.png", "link/self.png", "real/a.png", "real/self.png"]
    for key in ("gone.png", "real/self.png"):
        image = found[key].image
        assert image is not None
        with pytest.raises(OSError, match=r"."):
            image()


def test_a_pipe_called_like_a_picture_does_not_block(tmp_path) -> None:
    os.mkfifo(tmp_path / "a.png")
    (item,) = inputs(open_folder(str(tmp_path)))
    assert item.image is not None
    with pytest.raises(OSError, match="not a regular file"):
        item.image()


def test_undecodable_names(tmp_path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.png"
    with open(raw, "wb") as file:
        file.write(b"picture")
    with open(raw[:-3] + b"txt", "wb") as file:
        file.write(b"\xff")
    (item,) = inputs(open_folder(str(tmp_path)))
    assert item.key == r"caf\xe9.png"
    assert item.skip is not None
    for text in (item.key, item.uri, item.skip.detail):
        text.encode("utf-8")
    assert item.image is not None
    assert item.image() == b"picture"


def test_unreadable_folder_is_a_skip(tmp_path, monkeypatch) -> None:
    put(tmp_path, "a.png", "locked/b.png", "z.png")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if str(path).rstrip("/").endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    a, locked, z = inputs(open_folder(str(tmp_path)))
    assert (a.key, locked.key, z.key) == ("a.png", "locked/", "z.png")
    assert locked.skip is not None
    assert locked.skip.reason is Reason.UNREADABLE_FOLDER
    assert "Permission denied" in locked.skip.detail
    with pytest.raises(SourceError, match="Permission denied"):
        open_folder(str(tmp_path / "locked"))
    with pytest.raises(SourceError, match="Permission denied"):
        open_picture(str(tmp_path / "locked" / "b.png"))


def test_no_picture_names_what_was_looked_for(tmp_path) -> None:
    put(tmp_path, "a.txt")
    with pytest.raises(SourceError, match=r"no picture.*\.jpg.*\.psd"):
        open_folder(str(tmp_path))


def test_single_pictures_with_their_sidecars(tmp_path) -> None:
    put(tmp_path, "a.png", ".b.png", "sub/c.png")
    put(tmp_path, "a.txt", ".b.txt", content=b"1girl, smile")
    for name in ("a.png", ".b.png"):
        (item,) = inputs(open_picture(str(tmp_path / name)))
        assert (item.key, item.tags) == (name, "1girl, smile")


def test_very_deep_folders(tmp_path) -> None:
    deep = tmp_path.joinpath(*["d"] * 300)
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=here)
        here, above = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(os.open("a.png", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    (item,) = inputs(open_folder(str(tmp_path)))
    assert item.key == str(deep.relative_to(tmp_path) / "a.png")


@pytest.mark.skipif(not KOHYA.exists(), reason="shared/data/kohya_sample is not here")
def test_a_real_training_folder() -> None:
    found = inputs(open_folder(str(KOHYA)))
    assert len(found) == 34
    assert sum(item.tags is not None for item in found) == 14
    assert all(item.text is None and item.skip is None for item in found)
    assert all("1girl" in item.tags for item in found if item.tags)


def test_speed(tmp_path) -> None:
    put(tmp_path, *(f"{i % 7}/{i}.{end}" for i in range(2000) for end in ("png", "txt")), content=b"1girl, smile")
    source = open_folder(str(tmp_path))
    started = time.process_time()
    shards = list(source.shards(500))
    cut = time.process_time()
    number = sum(1 for shard in shards for _ in shard.inputs())
    done = time.process_time()
    print(f"folder: {number / (cut - started):,.0f} fingerprints/s, {number / (done - cut):,.0f} inputs/s")
    assert number == 2000
