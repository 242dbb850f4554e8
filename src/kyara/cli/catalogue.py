"""`kyara catalogue`: results into it, in step with the disk, copied, its postings made anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from kyara.cli.options import Catalogue, catalogue_at
from kyara.settings import NO_CATALOGUE, Settings

if TYPE_CHECKING:
    from kyara.catalogue.ingest import Ingested

app = typer.Typer(no_args_is_help=True, help="The catalogue: results of many runs, to find, compare and correct.")


@app.command("ingest")
def ingest(
    results: Annotated[list[Path], typer.Argument(metavar="RESULT…", help="Result folders of kyara extract.")],
    catalogue: Catalogue = None,
    again: Annotated[bool, typer.Option("--again", help="Bring in what is there already, too.")] = False,
) -> None:
    """Bring results in. What is there already is passed over; newer values replace older, never a person's decision."""
    where = catalogue_at(catalogue)
    for result in results:
        _ingest(Console(stderr=True), where, result, again)


@app.command("sync")
def sync(catalogue: Catalogue = None) -> None:
    """Look for every file: say which are gone, and follow those that only moved."""
    from kyara.catalogue import opened  # the tables above need no database
    from kyara.catalogue.sync import sync as synced

    console = Console()
    with opened(catalogue_at(catalogue), write=True) as there, console.status("looking for every file …"):
        done = synced(there)
    for old, new in done.moved:
        console.print(f"{escape(old)} → {escape(new)}", highlight=False, soft_wrap=True)
    console.print(
        f"{done.files:,} files: {done.gone:,} newly gone, {done.back:,} back, {len(done.moved):,} moved",
        highlight=False,
    )


@app.command("copy")
def copy(
    origin: Annotated[str, typer.Argument(help="A file or an address.")],
    target: Annotated[str, typer.Argument(help="An empty one, or one to be made: a file or an address.")],
) -> None:
    """Copy a whole catalogue into an empty one, as from SQLite to PostgreSQL, or back. All of it, or nothing."""
    from kyara.catalogue.copying import copy as copied

    with Console(stderr=True).status("copying …"):
        counts = copied(origin, target)
    told = ", ".join(f"{counts[name]:,} {name}s" for name in ("sample", "sighting", "decision"))
    Console().print(f"copied {told} to {escape(target)}", highlight=False, soft_wrap=True)


@app.command("reindex")
def reindex(catalogue: Catalogue = None) -> None:
    """Make anew all that queries go by: postings, and which sightings decisions stand for."""
    from kyara.catalogue import opened
    from kyara.catalogue.reindexing import reindex as reindexed

    with opened(catalogue_at(catalogue), write=True) as there, Console(stderr=True).status("reindexing …"):
        count = reindexed(there)
    Console().print(f"{count:,} postings made anew", highlight=False)


def ready(settings: Settings) -> None:
    """See, before a run, that its catalogue can be written. Raises CatalogueError."""
    if settings.catalogue != NO_CATALOGUE:
        from kyara.recipes.cataloguing import see_writable

        see_writable(settings.catalogue)


def catalogued(console: Console, settings: Settings, result: Path | None) -> None:
    """Bring the results of a run that has ended into its catalogue, and say so. Raises CatalogueError."""
    if result is not None and settings.catalogue != NO_CATALOGUE:
        _ingest(console, settings.catalogue, result, False)


def _ingest(console: Console, where: str, result: Path, again: bool) -> None:
    from kyara.recipes.cataloguing import into_catalogue

    total = 0
    with console.status(f"bringing {escape(str(result))} into the catalogue …") as status:

        def watch(rows: int) -> None:
            nonlocal total
            total += rows
            status.update(f"bringing {escape(str(result))} into the catalogue … {total:,} samples")

        done = into_catalogue(where, result, watch, again)
    console.print(f"catalogue {escape(shown(where))}: {_told(done)}", highlight=False, soft_wrap=True)


def shown(where: str) -> str:
    """An address without its password."""
    before, at, after = where.rpartition("@")
    scheme, slashes, user = before.partition("://")
    return f"{scheme}{slashes}{user.partition(':')[0]}{at}{after}" if at and slashes else where


def _told(done: Ingested) -> str:
    if done.parts == done.passed:
        return "everything of this result is there already"
    written = done.written
    same = written.rows - written.new - written.replaced
    parts = f" ({done.passed} of {done.parts} parts were there already)" if done.passed else ""
    return (
        f"{written.new:,} new samples, {written.replaced:,} described anew, {same:,} copies or older; "
        f"{written.sightings:,} sightings in {done.seconds:.1f} s{parts}"
    )
