"""`kyara skips`: what a run skipped or described without somebody, why, and how it is tried again."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.errors import SettingsError
from kyara.results.failures import Failure, failures
from kyara.results.folder import ResultFolder
from kyara.scale.again import MISSING, reasons_of


def skips(
    result: Annotated[Path, typer.Argument(help="A result folder of kyara extract.")],
    reason: Annotated[
        list[str] | None, typer.Option(help="Only this reason, or missing; may be given several times.")
    ] = None,
    step: Annotated[str | None, typer.Option(help="Only steps that begin so, as extract or 'extract clip'.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many to list one by one.")] = 30,
    retry: Annotated[bool, typer.Option("--retry", help="Run the command again for these samples.")] = False,
    json: Annotated[bool, typer.Option("--json", help="All of them as JSON lines on stdout.")] = False,
) -> None:
    """List every skip and failure of a result: sample, step, reason, detail and version."""
    folder = ResultFolder(result)
    folder.identity()
    wanted = reasons_of(reason) if reason else None
    if retry:
        raise typer.Exit(_retried(folder, reason or [MISSING]))
    found = (
        one
        for one in failures(folder)
        if (wanted is None or one.skip.reason in wanted) and one.skip.step.startswith(step or "")
    )
    if json:
        for one in found:
            sys.stdout.buffer.write(orjson.dumps(asdict(one)) + b"\n")
        sys.stdout.flush()
        return
    counts: Counter[tuple[str, str, bool]] = Counter()
    listed: list[Failure] = []
    for one in found:
        counts[one.skip.step, one.skip.reason.value, one.ended] += 1
        if len(listed) < limit:
            listed.append(one)
    _print(Console(), result, counts, listed)


def _print(console: Console, result: Path, counts: Counter[tuple[str, str, bool]], listed: Sequence[Failure]) -> None:
    if not counts:
        console.print("nothing was skipped, and nobody failed")
        return
    table = Table(Column("samples", justify="right"), "step", "reason", "and then", box=box.SIMPLE_HEAD, pad_edge=False)
    for (step, reason, ended), count in counts.most_common():
        then = "skipped" if ended else "described without it"
        table.add_row(f"{count:,}", escape(step), reason.replace("_", " "), then)
    console.print(table, highlight=False)
    if listed:
        console.print(_one_by_one(listed), highlight=False)
    if (total := counts.total()) > len(listed):
        console.print(f"[dim]{len(listed):,} of {total:,}; --limit lists more, --json all[/]")
    again = max(counts, key=lambda kind: counts[kind])[1]
    console.print(f"next: [bold]kyara skips {escape(str(result))} --retry --reason {again}[/]", soft_wrap=True)


def _one_by_one(listed: Sequence[Failure]) -> Table:
    table = Table("sample", "step", "reason", "detail", "version", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    for one in listed:
        skip = one.skip
        reason = skip.reason.value.replace("_", " ")
        table.add_row(escape(one.key), escape(skip.step), reason, escape(skip.detail), escape(one.version))
    return table


def _retried(folder: ResultFolder, reasons: Sequence[str]) -> int:
    """Run the command that made the result again for these samples; its exit code."""
    runs = [entry for entry in folder.ledger.entries() if entry["event"] == "run" and entry.get("command")]
    if not runs:
        raise SettingsError(
            f"{folder.path} was not made by the command line; call extract(…, out={str(folder.path)!r}, "
            f"again={list(reasons)}) as it was called before"
        )
    command = [word for word in runs[-1]["command"] if word != "--force"]
    arguments = [*command, "--out", str(folder.path.absolute())]
    for reason in reasons:
        arguments += ["--again", reason]
    return subprocess.run([sys.executable, "-m", "kyara", *arguments], cwd=runs[-1]["folder"], check=False).returncode
