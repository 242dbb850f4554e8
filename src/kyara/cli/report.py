"""`kyara report`: a result as one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kyara.exports.report import write_report
from kyara.results.folder import ResultFolder
from kyara.vocabulary import load_vocabulary


def report(
    result: Annotated[Path, typer.Argument(help="A result folder of kyara extract.")],
    out: Annotated[Path | None, typer.Option(help="The page. [default: RESULT.html]")] = None,
    vocabulary: Annotated[
        Path | None, typer.Option(help="The vocabulary the run had, when not the built-in one.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many samples are shown, spread evenly.")] = 60,
) -> None:
    """Write an HTML page: contact sheet with boxes, values and their trail, distributions, skips. Needs no network."""
    folder = ResultFolder(result)
    folder.identity()
    page = out or result.with_name(f"{result.name}.html")
    console = Console(stderr=True)
    with console.status("writing the report …"):
        write_report(folder, page, load_vocabulary(vocabulary), most)
    console.print(f"report: [bold]{page.resolve().as_uri()}[/]", highlight=False, soft_wrap=True)
