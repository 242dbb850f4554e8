"""`kyara models` against a hub on 127.0.0.1: mostly in this process, and as a person runs it where that matters."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import close_session
from typer.testing import CliRunner, Result

from kyara.cli import models as commands
from kyara.errors import KyaraError

Run = Callable[..., subprocess.CompletedProcess[str]]

FakeHub: Any = runpy.run_path(str(Path(__file__).parents[1] / "weights" / "fake_hub.py"))["FakeHub"]
NAME = "some/tagger"
NETWORK = os.urandom(300_000)
FILES = {"model.onnx": NETWORK, "config.json": b"{}"}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("KYARA_MODELS__FOLDER", str(tmp_path / "models"))
    with FakeHub(tmp_path / "served") as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        yield served
        close_session()


def models(*arguments: str, answer: str | None = None) -> Result:
    """`kyara models ARGUMENTS` in this process."""
    return CliRunner().invoke(commands.app, arguments, input=answer)


def refused(*arguments: str) -> str:
    """The error line of a command that must fail with one."""
    error = models(*arguments).exception
    assert isinstance(error, KyaraError), error
    return str(error)


def test_list_shows_what_is_known_and_what_is_here(hub: Any, tmp_path: Path) -> None:
    before = models("list").stdout
    assert "openai/clip-vit-base-patch32" in before
    assert "not here" in before
    assert NAME not in before
    hub.publish(NAME, FILES, license="cc-by-4.0")
    models("pull", NAME)
    blobs = tmp_path / "hf" / "hub" / "models--opencv--face_detection_yunet" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "abc.incomplete").write_bytes(bytes(7000))
    lines = models("list").stdout.splitlines()
    (line,) = [line for line in lines if NAME in line]
    for word in ("yours", "300 kB", "cc-by-4.0"):
        assert word in line
    (line,) = [line for line in lines if "yunet" in line]
    assert "7.0 kB of it" in line


def test_what_comes_with_the_package_is_listed_and_told_by_its_cards() -> None:
    row = next(line for line in models("list").output.splitlines() if line.strip().startswith("builtin "))
    assert "MB" in row
    card = models("info", "builtin").output
    assert "belong" in card
    assert "licence" in card.lower()


def test_pull_says_size_and_licence_and_what_came(hub: Any) -> None:
    commit = hub.publish(NAME, FILES, license="mit")
    done = models("pull", NAME)
    assert done.exit_code == 0
    assert "300 kB to fetch, licence mit" in done.stderr
    assert done.stdout == f"{NAME} at {commit[:12]}: 2 files, 300 kB, verified\n"
    again = models("pull", NAME)
    assert "to fetch" not in again.stderr
    assert len(hub.bodies()) == 1


def test_a_large_one_is_not_fetched_unasked(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.publish(NAME, FILES, license="mit")
    monkeypatch.setattr(commands, "ASK_FROM", 300_001)
    assert "is 300 kB to fetch and nobody is there to agree; add --yes" in refused("pull", NAME)
    monkeypatch.setattr(commands, "_somebody_is_there", lambda: True)
    declined = models("pull", NAME, answer="n\n")
    assert declined.exit_code == 1
    assert "300 kB to fetch, licence mit" in declined.stderr
    assert hub.bodies() == []
    assert models("pull", NAME, answer="y\n").exit_code == 0
    models("rm", NAME, answer="y\n")
    monkeypatch.setattr(commands, "_somebody_is_there", lambda: False)
    assert models("pull", NAME, "--yes").exit_code == 0
    models("rm", NAME, "--yes")
    monkeypatch.setattr(commands, "ASK_FROM", 300_002)
    assert models("pull", NAME).exit_code == 0, "up to there nobody is asked"


def test_a_mistyped_id_is_one_line(kyara: Run, hub: Any) -> None:
    wrong = kyara("models", "pull", "openai/clip-vit-base-patch23")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: ")
    assert "did you mean openai/clip-vit-base-patch32?" in wrong.stderr
    assert wrong.stderr.count("\n") == 1


def test_no_network_and_nothing_cached_says_what_to_do(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert f"where there is one, run `kyara models pull {NAME}`" in refused("pull", NAME)


def test_offline_a_pull_takes_what_is_in_the_cache(hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.publish(NAME, FILES)
    models("pull", NAME)
    for record in (tmp_path / "models" / "pulled").iterdir():
        record.unlink()
    refs = tmp_path / "hf" / "hub" / "models--some--tagger" / "refs"
    refs.mkdir()
    (refs / "main").write_text(hub.main[NAME])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    offline = models("pull", NAME)
    assert "HF_HUB_OFFLINE is set" in offline.stderr
    assert "2 files, 300 kB, verified" in offline.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_pull_that_is_stopped_goes_on_later(hub: Any, tmp_path: Path, number: signal.Signals) -> None:
    hub.publish(NAME, {"model.onnx": os.urandom(4_000_000)})
    hub.throttle_s = 0.1  # 6 s in all
    command = [sys.executable, "-m", "kyara", "models", "pull", NAME]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background is deaf to it
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    blobs = tmp_path / "hf" / "hub" / "models--some--tagger" / "blobs"
    until = time.monotonic() + 30
    while not any(path.stat().st_size > 300_000 for path in blobs.glob("*.incomplete")):
        assert time.monotonic() < until, "no partial file grew"
        time.sleep(0.01)
    child.send_signal(number)
    said = child.communicate(timeout=30)[1]
    assert child.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert ("run the same command again to go on" in said) == (number == signal.SIGINT)
    (partial,) = blobs.glob("*.incomplete")
    came = partial.stat().st_size
    assert 0 < came < 4_000_000
    hub.throttle_s = 0.0
    assert models("pull", NAME).exit_code == 0
    assert hub.bodies()[-1]["range"] == f"bytes={came}-"


def test_info_and_verify(hub: Any, tmp_path: Path) -> None:
    assert f"run `kyara models pull {NAME}`" in refused("info", NAME)
    clip = models("info", "openai/clip-vit-base-patch32").stdout
    assert "kyara models pull openai/clip-vit" in clip
    assert "needs kyara[torch]" in clip
    commit = hub.publish(NAME, FILES, license="mit")
    models("pull", NAME)
    told = models("info", NAME, "--verify").stdout
    for word in (commit, "mit", "model.onnx", "300,000 bytes", "every byte is as pulled"):
        assert word in told
    path = tmp_path / "hf" / "hub" / "models--some--tagger" / "snapshots" / commit / "model.onnx"
    state = path.stat()
    path.resolve().write_bytes(bytes(300_000))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert models("info", NAME).exit_code == 0
    assert f"run `kyara models pull {NAME}` to mend it" in refused("info", NAME, "--verify")
    assert models("pull", NAME).exit_code == 0
    assert models("info", NAME, "--verify").exit_code == 0


def test_rm_asks_and_frees(hub: Any) -> None:
    assert "was never pulled" in refused("rm", NAME)
    hub.publish(NAME, FILES)
    models("pull", NAME)
    assert "add --yes" in refused("rm", NAME)
    assert models("rm", NAME, "--yes").stdout == f"{NAME} removed, 300 kB freed\n"
    assert NAME not in models("list").stdout


def test_rm_takes_along_what_was_made_of_the_model(hub: Any, tmp_path: Path) -> None:
    hub.publish(NAME, FILES)
    models("pull", NAME)
    assert "made of it" not in models("info", NAME).stdout
    export, another = (tmp_path / "models" / f"some--{name}-0123456789abcdef" for name in ("tagger", "tagger-2"))
    for folder in (export, another):
        folder.mkdir()
        (folder / "vision_model.onnx").write_bytes(bytes(50_000))
    assert "50.0 kB in" in models("info", NAME).stdout
    assert "(300 kB) from" in (said := refused("rm", NAME))
    assert "and 50.0 kB made of it from" in said
    assert models("rm", NAME, "--yes").stdout == f"{NAME} removed, 350 kB freed, 50.0 kB of it made of the model\n"
    assert another.is_dir()
    assert not [path for path in (tmp_path / "models").rglob("*some--tagger*") if another not in (path, path.parent)]
    assert "was never pulled" in refused("rm", NAME)
    export.mkdir()
    assert models("rm", NAME, "--yes").exit_code == 0, "what an earlier removal of the files left"
    assert not export.exists()


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (4200, "4.2 kB"), (605_157_884, "605 MB"), (1.26e9, "1.3 GB")],
)
def test_sizes_are_said_as_disks_are_sold(size: int, words: str) -> None:
    assert commands.said(size) == words
