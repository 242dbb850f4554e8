"""`kyara dataset check`: a training set as the trainer will meet it, before hours are spent on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from kyara.exports.training_sets import Subset, read_training_set

MOST_PROBLEMS = 10
SHOWN = 3  # captions

app = typer.Typer(no_args_is_help=True, help="Training sets.")


@app.callback()
def _dataset() -> None:
    """Training sets."""


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A training set: its folder, or its dataset.toml.")],
    caption_extension: Annotated[
        str, typer.Option(help="What the trainer is told with --caption_extension, where there is no dataset.toml.")
    ] = ".txt",
) -> None:
    """Read a training set as its trainer would; fails unless every picture has its caption."""
    subsets = read_training_set(folder, caption_extension)
    console = Console(soft_wrap=True, highlight=False)
    for subset in subsets:
        _print_subset(console, subset)
    captioned, found = sum(s.captioned for s in subsets), sum(len(s.seen) for s in subsets)
    for one in [one for subset in subsets for one in subset.seen if one.problem is None][:SHOWN]:
        console.print(f"[bold]{escape(one.file)}[/]: {escape(one.caption or '')}")
    if captioned < found or not found:
        console.print(f"[bold red]{captioned:,} of {found:,} pictures have their caption[/], expected all")
        raise typer.Exit(1)
    console.print(f"[bold green]all {found:,} pictures have their caption[/]")


def _print_subset(console: Console, subset: Subset) -> None:
    excused = ", regularisation: no captions wanted" if subset.excused else ""
    share = f"{subset.captioned:,} of {len(subset.seen):,} captioned"
    console.print(f"{escape(subset.name)}: {share}, {subset.repeats} × an epoch{excused}")
    problems = [one for one in subset.seen if one.problem]
    for one in problems[:MOST_PROBLEMS]:
        console.print(f"  [yellow]{escape(one.file)}[/]: {escape(one.problem or '')}")
    if len(problems) > MOST_PROBLEMS:
        console.print(f"  [dim]and {len(problems) - MOST_PROBLEMS:,} more[/]")
    if subset.passed_over:
        names = ", ".join(map(escape, subset.passed_over[:SHOWN]))
        console.print(
            f"  [yellow]{len(subset.passed_over):,} the trainer passes over[/], by their extension: {names} …"
        )
