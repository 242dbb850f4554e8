"""`kyara similar`: who looks like a sighting of the catalogue, or like the figures of any picture."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from kyara.cli.find import as_row, titled
from kyara.cli.options import Catalogue, catalogue_at
from kyara.cli.table import print_samples
from kyara.errors import SettingsError


def similar(
    what: Annotated[str, typer.Argument(metavar="PICTURE|ID", help="A picture, or a sighting's number of kyara find.")],
    within: Annotated[str | None, typer.Option(help="Only among what this query finds.")] = None,
    space: Annotated[str | None, typer.Option(help="Embedding space, as builtin, clip. [default: the best]")] = None,
    character: Annotated[int, typer.Option(min=1, help="Which of several figures of a picture.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="One JSON line a sighting, the likest first.")] = False,
    catalogue: Catalogue = None,
) -> None:
    """Find who looks alike, the likest first, with the cosine similarity."""
    from kyara.catalogue import opened  # other commands need no database
    from kyara.catalogue.query import found
    from kyara.catalogue.query.pages import hits
    from kyara.catalogue.similar import Neighbours
    from kyara.recipes.resembling import looks, space_of

    console = Console(stderr=True)
    with opened(catalogue_at(catalogue)) as there:
        chosen = space_of(there, space)
        among = None if within is None else found(there, within)
        figures = looks(there, what, chosen)
        if character > len(figures):
            raise SettingsError(f"--character {character}: {what} has {len(figures)} that can be compared")
        look = figures[character - 1]
        if len(figures) > 1:
            said = f"{len(figures)} figures; this is number {character}, --character chooses another"
            console.print(f"[dim]{said}[/]", highlight=False)
        with console.status("searching …") as status:
            neighbours = Neighbours(
                there, chosen, watch=lambda done: status.update(f"making an index … {done:,} vectors")
            )
            near = [n for n in neighbours.of(look.vector, limit + 1, among) if n.number != look.number][:limit]
        similarity = {one.number: one.similarity for one in near}
        with there.reading() as connection:
            shown = hits(connection, list(similarity))
    if json:
        for hit in shown:
            row = as_row(hit, similarity=round(similarity[hit.number], 4), space=chosen)
            sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
        sys.stdout.flush()
        return
    print_samples(Console(), (titled(hit, f"{similarity[hit.number]:.3f} ") for hit in shown))
    console.print(f"[dim]space {escape(chosen)}[/]", highlight=False)
