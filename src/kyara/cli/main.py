"""The `kyara` command: its subcommands, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from kyara import __version__
from kyara.cli.supervise import bid_farewell
from kyara.errors import KyaraError

COMMANDS = (
    "extract",
    "show",
    "skips",
    "identify",
    "cluster",
    "dedup",
    "report",
    "stats",
    "evaluate",
    "find",
    "similar",
    "demo",
    "doctor",
)
GROUPS = ("catalogue", "review", "export", "dataset", "gallery", "vocabulary", "models", "cache", "fusion")


def command_line(words: Sequence[str]) -> typer.Typer:
    """The command line that understands `words`: one command alone where the first word names it, for each takes a
    tenth of a second to import."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Finds out who is in a picture and what they look like.",
        callback=_kyara,
    )
    wanted = words[:1] if words and words[0] in (*COMMANDS, *GROUPS) else (*COMMANDS, *GROUPS)
    for name in wanted:
        module = import_module(f"kyara.cli.{name}")
        if name in GROUPS:
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(getattr(module, name))
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"kyara {__version__}")
        raise typer.Exit


def _kyara(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which Kyara.")
    ] = False,
) -> None:
    """Finds out who is in a picture and what they look like."""


def main() -> None:
    """Run the command line. A KyaraError is one line on stderr and its exit code; a reader gone away is no error."""
    try:
        command_line(sys.argv[1:])()
    except KyaraError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {escape(str(error))}", highlight=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `kyara show … | head`
        sys.stderr.close()
        sys.exit(0)
    finally:
        bid_farewell()
