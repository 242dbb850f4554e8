"""Bytes from a URL to disk: resumed, retried, never more than there is room for."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub.errors import HfHubHTTPError

from kyara.errors import WeightsError
from kyara.weights.fetch import fetch, room_for

CONTENT = os.urandom(200_000)


@pytest.fixture
def url(hub: Any) -> str:
    hub.publish("some/model", {"model.onnx": CONTENT})
    return f"{hub.url}/cdn/{hashlib.sha256(CONTENT).hexdigest()}"


def bring(url: str, partial: Path, size: int = len(CONTENT)) -> int:
    """The bytes `advance` heard of, all told."""
    heard: list[int] = []
    fetch(url, {}, partial, size, heard.append)
    return sum(heard)


def test_a_file_comes_whole(url: str, tmp_path: Path) -> None:
    assert bring(url, tmp_path / "new" / "partial") == len(CONTENT)
    assert (tmp_path / "new" / "partial").read_bytes() == CONTENT


def test_an_empty_file_is_a_file(hub: Any, tmp_path: Path) -> None:
    hub.publish("some/model", {"model.onnx": b""})
    assert bring(f"{hub.url}/cdn/{hashlib.sha256(b'').hexdigest()}", tmp_path / "partial", 0) == 0
    assert (tmp_path / "partial").read_bytes() == b""


def test_cuts_cost_nothing_while_each_try_brings_something(hub: Any, url: str, tmp_path: Path) -> None:
    hub.cuts = [10_000] * 8  # more than there are waits
    assert bring(url, tmp_path / "partial") == len(CONTENT)
    assert (tmp_path / "partial").read_bytes() == CONTENT
    assert [body.get("range") for body in hub.bodies()][:3] == [None, "bytes=10000-", "bytes=20000-"]


def test_a_connection_that_brings_nothing_is_given_up(hub: Any, url: str, tmp_path: Path) -> None:
    hub.cuts = [10_000, 0, 0, 0]
    with pytest.raises(httpx2.TransportError):
        bring(url, tmp_path / "partial")
    assert (tmp_path / "partial").read_bytes() == CONTENT[:10_000]


def test_a_busy_hub_is_asked_again_and_a_refusing_one_is_not(hub: Any, url: str, tmp_path: Path) -> None:
    hub.busy = 2
    assert bring(url, tmp_path / "partial") == len(CONTENT)
    hub.busy = 9
    with pytest.raises(HfHubHTTPError):
        bring(url, tmp_path / "other")
    asked = len(hub.requests)
    hub.refusal = (403, "")
    with pytest.raises(HfHubHTTPError):
        bring(f"{hub.url}/some/model/resolve/main/model.onnx", tmp_path / "third")
    assert len(hub.requests) == asked + 1


def test_a_server_that_knows_no_ranges_starts_anew(hub: Any, url: str, tmp_path: Path) -> None:
    hub.ranges = False
    (tmp_path / "partial").write_bytes(CONTENT[:50_000])
    assert bring(url, tmp_path / "partial") == len(CONTENT)
    assert (tmp_path / "partial").read_bytes() == CONTENT


def test_a_leftover_that_is_too_long_starts_anew(url: str, tmp_path: Path) -> None:
    (tmp_path / "partial").write_bytes(bytes(300_000))
    assert bring(url, tmp_path / "partial") == len(CONTENT)
    assert (tmp_path / "partial").read_bytes() == CONTENT


def test_a_file_shorter_than_promised_is_said(hub: Any, url: str, tmp_path: Path) -> None:
    hub.ranges = False
    with pytest.raises(WeightsError, match="ends after 200,000 of 200,001 bytes"):
        bring(url, tmp_path / "partial", len(CONTENT) + 1)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_with_both_numbers(code: int, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"1,000 bytes needed, [\d,]+ free in"), room_for("m", tmp_path, 1000):
        raise OSError(code, os.strerror(code))
    with pytest.raises(WeightsError, match="bytes needed"), room_for("m", tmp_path, 1 << 60):
        pytest.fail("nothing is written where there is no room")
    with pytest.raises(ConnectionError), room_for("m", tmp_path, 0):
        raise ConnectionResetError


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(WeightsError, match=r"cannot write .*Not a directory; set HF_HOME"),
        room_for("m", tmp_path / "file" / "hub", 0),
    ):
        pytest.fail("not reached")
