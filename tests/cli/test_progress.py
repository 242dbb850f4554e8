"""What a run shows while it goes on: a bar for people, lines for logs, JSON where asked."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
from rich.console import Console

from kyara.cli import progress
from kyara.cli.progress import set_up_logging, watched


@pytest.fixture
def _restored() -> Iterator[None]:
    """Puts the loggers back as they were, for the tests that come after."""
    root, kyara = logging.getLogger(), logging.getLogger("kyara")
    before = root.handlers[:], root.level, kyara.level
    root.handlers.clear()  # so that `force` closes none of pytest's
    yield
    root.handlers[:], level, own = before
    root.setLevel(level)
    kyara.setLevel(own)


def test_on_a_terminal_a_bar_counts_and_rates() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with watched(console, 100, json_logs=False) as watch:
        watch(60, 0)
        watch(40, 7)
    drawn = console.file.getvalue()
    assert "100/100" in drawn
    assert "7 skipped" in drawn
    assert "/s" in drawn


def test_elsewhere_a_line_now_and_then(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 9.0, 11.0, 12.0, 30.0])
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    caplog.set_level(logging.INFO, "kyara")
    with watched(Console(file=io.StringIO()), 5000, json_logs=False) as watch:
        for skipped in (0, 0, 2, 0, 1):
            watch(1000, skipped)
    assert [record.getMessage() for record in caplog.records] == [
        "3,000 of 5,000 samples, 2 skipped, 273/s",
        "5,000 of 5,000 samples, 3 skipped, 167/s",
    ]


def test_without_a_total_none_is_named(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    caplog.set_level(logging.INFO, "kyara")
    with watched(Console(file=io.StringIO(), force_terminal=True), None, json_logs=True) as watch:
        watch(5, 0)
    assert caplog.records[0].getMessage().startswith("5 samples, 0 skipped")


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize(("verbose", "seen"), [(0, "w"), (1, "wi"), (2, "wid"), (9, "wid")])
def test_each_v_says_more(verbose: int, seen: str) -> None:
    console = Console(file=io.StringIO(), width=200)
    set_up_logging(console, verbose, json_logs=False)
    log = logging.getLogger("kyara.anything")
    for level, word in ((30, "w-word"), (20, "i-word"), (10, "d-word")):
        log.log(level, word)
    written = console.file.getvalue()
    assert [letter for letter in "wid" if f"{letter}-word" in written] == list(seen)


@pytest.mark.usefixtures("_restored")
def test_json_logs_are_json_lines_with_progress(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Console(file=io.StringIO()), 0, json_logs=True)
    logging.getLogger("kyara.x").info('said "%s"\nand more', "ü")
    logging.getLogger("kyara.x").debug("not said")
    logging.getLogger("somebody.else").info("not said")
    (line,) = map(orjson.loads, capsys.readouterr().err.splitlines())
    assert (line["level"], line["logger"], line["message"]) == ("info", "kyara.x", 'said "ü"\nand more')
    assert line["time"] > 1.7e9
