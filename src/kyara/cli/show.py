"""`kyara show`: a result as a table, one sample of it in full, or JSON lines."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rapidfuzz import process
from rich.console import Console

from kyara.cli.table import print_in_full, print_samples
from kyara.errors import SettingsError
from kyara.results.folder import ResultFolder
from kyara.results.rows import to_row


def show(
    result: Annotated[Path, typer.Argument(help="A result folder of kyara extract.")],
    key: Annotated[str | None, typer.Argument(help="One sample, in full, with the trail of every value.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many samples.")] = 30,
    skipped: Annotated[bool, typer.Option("--skipped", help="Only samples that were skipped.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="All samples as JSON lines, with processing_time and error.")
    ] = False,
) -> None:
    """Show what was found."""
    folder = ResultFolder(result)
    folder.identity()
    console = Console()
    if key is not None:
        _show_one(console, folder, key)
    elif json:
        for sample, seconds in folder.timed():
            if sample.skip is not None or not skipped:
                sys.stdout.buffer.write(orjson.dumps(to_row(sample, seconds)) + b"\n")
        sys.stdout.flush()
    else:
        chosen = (sample for sample in folder.samples() if sample.skip is not None or not skipped)
        print_samples(console, islice(chosen, limit))
        _say_more(console, folder, limit, skipped)


def _show_one(console: Console, folder: ResultFolder, key: str) -> None:
    keys = []
    for sample in folder.samples():
        if sample.key == key:
            print_in_full(console, sample)
            return
        keys.append(sample.key)
    near = process.extractOne(key, keys)
    hint = f"did you mean {near[0]!r}?" if near else "the result is empty"
    raise SettingsError(f"no sample {key!r} in {folder.path}; {hint}")


def _say_more(console: Console, folder: ResultFolder, limit: int, skipped: bool) -> None:
    tally = folder.tally()
    total = sum(tally["skips"].values()) if skipped else tally["samples"]
    if total > limit:
        console.print(f"[dim]{limit} of {total:,}; --limit shows more, kyara show {folder.path} KEY one in full[/]")
