"""Records of what was pulled, the check before use, and removal."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import hf_hub_download

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights import stored
from kyara.weights.hub import look, pull
from kyara.weights.stored import Stored

NAME = "some/tagger"
FILES = {"model.onnx": bytes(100_000), "config.json": b"{}", "extra.bin": b"pickle"}


@pytest.fixture
def pulled(hub: Any, records: Path) -> Stored:
    hub.publish(NAME, FILES)
    return pull(look(NAME, None, records), records)


def test_a_record_comes_back_as_it_was_written(pulled: Stored, records: Path) -> None:
    assert stored.read(NAME, None, records) == pulled
    assert list(stored.everything(records)) == [pulled]
    assert stored.read(NAME, pulled.revision, records) == pulled, "by its commit too"
    assert stored.read(NAME, "0" * 40, records) is None
    branch = replace(pulled, asked="refs/pr/1")
    stored.write(branch, records)
    assert stored.read(NAME, "refs/pr/1", records) == branch


def test_a_record_that_cannot_be_read_or_written_is_said(pulled: Stored, records: Path) -> None:
    (path,) = (records / "pulled").iterdir()
    path.write_bytes(b"{}")
    with pytest.raises(WeightsError, match=r"is no record of a pulled model.*delete it and pull again"):
        stored.read(NAME, None, records)
    (records / "file").touch()
    with pytest.raises(WeightsError, match="KYARA_MODELS__FOLDER"):
        stored.write(pulled, records / "file")


def test_the_check_reads_nothing_while_size_and_time_are_as_verified(
    pulled: Stored, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "sha256_of", lambda path: pytest.fail(f"{path} was read"))
    stored.check(pulled, records)


def test_a_touched_file_is_hashed_once(pulled: Stored, records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(pulled.folder / "model.onnx", (1, 1))
    stored.check(pulled, records)
    again = stored.read(NAME, None, records)
    assert again is not None
    monkeypatch.setattr(stored, "sha256_of", lambda path: pytest.fail(f"{path} was read"))
    stored.check(again, records)


def test_damage_is_said_and_every_byte_finds_what_a_clock_hides(pulled: Stored, records: Path) -> None:
    path = pulled.folder / "model.onnx"
    before = path.stat()
    path.resolve().write_bytes(b"\1" * 100_000)
    with pytest.raises(WeightsError, match=f"damaged.*`kyara models pull {NAME}` to mend"):
        stored.check(pulled, records)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    stored.check(pulled, records)
    with pytest.raises(WeightsError, match="damaged"):
        stored.check(pulled, records, every_byte=True)


def test_a_lost_file_is_missing(pulled: Stored, records: Path) -> None:
    (pulled.folder / "config.json").unlink()
    with pytest.raises(MissingWeightsError, match=rf"lost its config\.json.*kyara models pull {NAME}"):
        stored.check(pulled, records)
    with pytest.raises(MissingWeightsError, match="--revision v1"):
        stored.check(replace(pulled, asked="v1"), records)


def test_removal_frees_what_was_pulled_and_leaves_the_rest(hub: Any, pulled: Stored, records: Path) -> None:
    other = Path(hf_hub_download(NAME, "extra.bin", cache_dir=stored.hub_cache(), endpoint=hub.url))
    assert stored.remove(pulled, records) == 100_002
    assert other.read_bytes() == b"pickle"
    assert list(stored.everything(records)) == []
    assert not [path for path in stored.repository(NAME).rglob("*") if path.name in ("model.onnx", "config.json")]
    assert stored.remove(pulled, records) == 0


def test_removal_of_a_whole_revision_leaves_no_folder(pulled: Stored, records: Path) -> None:
    stored.remove(pulled, records)
    assert not pulled.folder.exists()


def test_leftovers_of_broken_pulls(pulled: Stored) -> None:
    (stored.repository(NAME) / "blobs" / "abc.incomplete").write_bytes(bytes(7))
    assert [path.name for path in stored.partials(NAME)] == ["abc.incomplete"]
    assert stored.remove_partials(NAME) == 7
    assert stored.partials(NAME) == []


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert stored.hub_cache() == Path.home() / ".cache" / "huggingface" / "hub"
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert stored.hub_cache() == Path("/caches/huggingface/hub")
    monkeypatch.setenv("HF_HOME", "~/hf")
    assert stored.hub_cache() == Path.home() / "hf" / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", "/else")
    assert stored.hub_cache() == Path("/else")


def test_the_check_of_a_large_model_takes_no_time(pulled: Stored, records: Path) -> None:
    with (pulled.folder / "model.onnx").open("rb+") as file:
        file.truncate(4 << 30)  # a hole: no room is taken, hashing it takes seconds
    large = tuple(stored.measure(f.name, pulled.folder / f.name, f.sha256) for f in pulled.files)
    started = time.perf_counter()
    stored.check(replace(pulled, files=large), records)
    assert time.perf_counter() - started < 0.5
