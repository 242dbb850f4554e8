"""What a network's files hold: read once, remembered, and read again when they change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kyara.errors import MissingWeightsError
from kyara.weights import contents
from kyara.weights.contents import content_of


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "network.onnx"
    path.write_bytes(b"layers")
    return path


def test_a_file_is_read_once_by_all_processes(network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = content_of(network, tmp_path / "models")
    monkeypatch.setattr(contents, "sha256_of", lambda path: pytest.fail(f"{path} was read again"))
    assert content_of(network, tmp_path / "models") == first


def test_a_changed_file_is_read_again(network: Path, tmp_path: Path) -> None:
    first = content_of(network, tmp_path)
    before = network.stat()
    network.write_bytes(b"LAYERS")  # of the same size
    os.utime(network, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert content_of(network, tmp_path) != first


def test_another_file_in_its_place_is_read(network: Path, tmp_path: Path) -> None:
    first = content_of(network, tmp_path)
    before = network.stat()
    (other := tmp_path / "other").write_bytes(b"LAYERS")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))  # of the same size and time, as cp -p leaves it
    other.replace(network)
    assert content_of(network, tmp_path) != first


@pytest.mark.parametrize("name", ["network.onnx_data", "network.onnx.data"])
def test_weights_outside_the_file_count(network: Path, tmp_path: Path, name: str) -> None:
    alone = content_of(network, tmp_path)
    (tmp_path / name).write_bytes(b"weights")
    with_weights = content_of(network, tmp_path)
    (tmp_path / name).write_bytes(b"other weights")
    assert len({alone, with_weights, content_of(network, tmp_path)}) == 3


def test_ir_is_two_files_and_a_folder_its_weights(tmp_path: Path) -> None:
    (tmp_path / "network.xml").write_bytes(b"layers")
    with pytest.raises(MissingWeightsError, match=r"network\.bin"):
        content_of(tmp_path / "network.xml", tmp_path)
    (tmp_path / "network.bin").write_bytes(b"weights")
    first = content_of(tmp_path / "network.xml", tmp_path)
    (tmp_path / "network.bin").write_bytes(b"weights!")
    assert content_of(tmp_path / "network.xml", tmp_path) != first
    with pytest.raises(MissingWeightsError, match=r"config\.json"):
        content_of(tmp_path, tmp_path)


@pytest.mark.parametrize("memory", [b"", b"[]", b'{"x"', b"\xff"])
def test_a_damaged_memory_is_forgotten(network: Path, tmp_path: Path, memory: bytes) -> None:
    first = content_of(network, tmp_path)
    (tmp_path / contents.MEMORY).write_bytes(memory)
    assert content_of(network, tmp_path) == first


def test_a_folder_that_cannot_be_written_costs_time_only(network: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert content_of(network, tmp_path / "file") == content_of(network, tmp_path)
