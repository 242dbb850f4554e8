"""What a person sees while a run goes on: a bar with rate and time left, or a line now and then where no one looks."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import orjson
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kyara.scale.local import Watch

LINE_EVERY_S = 10.0

log = logging.getLogger("kyara.progress")


class JsonLines(logging.Formatter):
    """One JSON object a line: time (seconds since the epoch), level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": round(record.created, 3), "level": record.levelname.lower(), "logger": record.name}
        return orjson.dumps(fields | {"message": record.getMessage()}).decode()


def set_up_logging(console: Console, verbose: int, json_logs: bool) -> None:
    """Warnings always; `-v` what is done, `-vv` everything. As JSON lines on stderr when asked."""
    handler: logging.Handler
    if json_logs:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
    else:
        handler = RichHandler(console=console, show_path=verbose > 1, show_time=verbose > 0)
    level = [logging.WARNING, logging.INFO, logging.DEBUG][min(verbose, 2)]
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)  # Pillow's remarks on damaged metadata are of interest with -v only
    logging.getLogger("py.warnings").setLevel(logging.WARNING if verbose else logging.ERROR)
    logging.getLogger("kyara").setLevel(min(level, logging.INFO) if json_logs else level)
    log.setLevel(logging.INFO)  # where there is no bar these lines are the progress


@contextmanager
def watched(console: Console, total: int | None, json_logs: bool) -> Iterator[Watch]:
    """A Watch that draws a bar on a terminal, else logs a line every ten seconds."""
    if console.is_terminal and not json_logs:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
            yield _Bar(bar, total)
    else:
        yield _Lines(total)


class _Bar:
    def __init__(self, bar: Progress, total: int | None) -> None:
        self._bar, self._skipped, self._done, self._started = bar, 0, 0, time.perf_counter()
        self._task = bar.add_task("describing", total=total, rate="")

    def __call__(self, done: int, skipped: int) -> None:
        self._done += done
        self._skipped += skipped
        rate = f"{self._done / max(1e-6, time.perf_counter() - self._started):,.0f}/s"
        said = f"{rate}, {self._skipped:,} skipped" if self._skipped else rate
        self._bar.update(self._task, advance=done, rate=said)


class _Lines:
    def __init__(self, total: int | None) -> None:
        self._total, self._done, self._skipped = total, 0, 0
        self._started = self._said = time.perf_counter()
        self._lock = Lock()

    def __call__(self, done: int, skipped: int) -> None:
        with self._lock:
            self._done += done
            self._skipped += skipped
            now = time.perf_counter()
            if now - self._said < LINE_EVERY_S:
                return
            self._said = now
        of = f" of {self._total:,}" if self._total is not None else ""
        rate = self._done / (now - self._started)
        log.info("%s%s samples, %s skipped, %s/s", f"{self._done:,}", of, f"{self._skipped:,}", f"{rate:,.0f}")
