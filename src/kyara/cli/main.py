"""The `kyara` command: its subcommands, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from kyara import __version__
from kyara.cli import (
    catalogue,
    cluster,
    dataset,
    dedup,
    demo,
    doctor,
    export,
    extract,
    find,
    gallery,
    identify,
    models,
    report,
    review,
    show,
    similar,
    skips,
    stats,
    vocabulary,
)
from kyara.cli.supervise import bid_farewell
from kyara.errors import KyaraError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Finds out who is in a picture and what they look like.",
)
app.command("extract")(extract.extract)
app.command("show")(show.show)
app.command("skips")(skips.skips)
app.command("identify")(identify.identify)
app.command("cluster")(cluster.cluster)
app.command("dedup")(dedup.dedup)
app.command("report")(report.report)
app.command("stats")(stats.stats)
app.command("find")(find.find)
app.command("similar")(similar.similar)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(review.app, name="review")
app.add_typer(export.app, name="export")
app.add_typer(dataset.app, name="dataset")
app.add_typer(gallery.app, name="gallery")
app.add_typer(vocabulary.app, name="vocabulary")
app.add_typer(models.app, name="models")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"kyara {__version__}")
        raise typer.Exit


@app.callback()
def _kyara(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which Kyara.")
    ] = False,
) -> None:
    """Finds out who is in a picture and what they look like."""


def main() -> None:
    """Run the command line. A KyaraError is one line on stderr and its exit code; a reader gone away is no error."""
    try:
        app()
    except KyaraError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {escape(str(error))}", highlight=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `kyara show … | head`
        sys.stderr.close()
        sys.exit(0)
    finally:
        bid_farewell()
