"""`kyara demo`: draws the cast, reads it, shows the table, and writes the report."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from kyara.cli.catalogue import catalogued, ready
from kyara.cli.progress import set_up_logging, watched
from kyara.cli.summary import print_start, print_summary
from kyara.cli.table import print_samples, print_side_by_side
from kyara.demo import draw_cast
from kyara.exports.report import write_report
from kyara.recipes.run import prepare, run_into, source_of
from kyara.results.folder import ResultFolder
from kyara.settings import load_settings
from kyara.vocabulary import load_vocabulary


def demo(out: Annotated[Path, typer.Option(help="Where to draw and to write.")] = Path("kyara-demo")) -> None:
    """Draw a small cast, read who is in the pictures, show it, and write an HTML report. Needs no network."""
    console = Console(stderr=True)
    set_up_logging(console, 0, False)
    console.print("drawing the cast …")
    with watched(console, None, False) as watch:
        pictures = draw_cast(out, lambda done, total: watch(1, 0))
    settings = load_settings(catalogue=str(out / "kyara.db"))
    ready(settings)
    job = prepare(source_of([pictures], [], {}), settings)
    results = out / "results"
    print_start(console, job, results)
    with watched(console, job.total, False) as watch:
        result = run_into(job, results, False, Event(), watch)
    samples = list(result)
    print_samples(Console(), samples[:12])
    print_side_by_side(Console(), samples)
    print_summary(console, result)
    catalogued(console, settings, results)
    report = out / "report.html"
    write_report(ResultFolder(results), report, load_vocabulary(settings.vocabulary))
    console.print(f"report: [bold]{report.resolve().as_uri()}[/]", highlight=False, soft_wrap=True)
