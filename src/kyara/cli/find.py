"""`kyara find`: which sightings a query finds, as a table with facets or JSON lines."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from kyara.cli.options import Catalogue, catalogue_at
from kyara.cli.table import print_samples

if TYPE_CHECKING:
    from pyroaring import BitMap

    from kyara.catalogue import Catalogue as Opened
    from kyara.catalogue.query import Hit
    from kyara.records import Sample

COMMONEST = 8  # labels of an attribute that facets show


def find(
    query: Annotated[str, typer.Argument(help="hair_color=silver>0.8 and gender=female and not accessories=glasses")],
    facets: Annotated[bool, typer.Option("--facets", help="Count the labels among all that is found.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON lines: one a sighting, or the facets.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="How many to show.")] = 30,
    first: Annotated[int, typer.Option(min=0, help="Leave out so many before.")] = 0,
    catalogue: Catalogue = None,
) -> None:
    """Find sightings in the catalogue; skip=… finds pictures that were skipped."""
    from kyara.catalogue import opened  # the tables above need no database
    from kyara.catalogue.query import found, parse
    from kyara.catalogue.query.evaluate import asked, skipped

    tree = parse(query)
    with opened(catalogue_at(catalogue)) as there:
        if asked(tree, "skip"):
            _show_skipped(there, skipped(there, tree), first, limit, json)
            return
        numbers = found(there, tree)
        if facets and json:
            _write(_counted(there, numbers))
            return
        _show(there, numbers, first, limit, json)
        if facets:
            _print_facets(_counted(there, numbers))


def as_row(hit: Hit, **more: Any) -> dict[str, Any]:
    """A hit as it is printed in JSON."""
    sample, sighting = hit.sample, hit.sighting
    values = {
        value.attribute: {"labels": value.labels, "confidence": value.confidence, "decided": value.decided}
        for value in sighting.values
    }
    place = {"sighting": hit.number, **more, "key": sample.key, "id": sample.id, "uri": sample.uri}
    seen = {"head": sighting.head, "body": sighting.body, "identity": sighting.identity, "hints": sighting.hints}
    return {**place, **seen, "attributes": values}


def titled(hit: Hit, more: str = "") -> Sample:
    """A hit's sample, called by the number that other commands take."""
    sample = hit.sample
    called = sample.text if sample.width is None and sample.text else sample.key
    return replace(sample, key=f"#{hit.number} {more}{called}", text=None)


def _write(row: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
    sys.stdout.flush()


def _show(there: Opened, numbers: BitMap, first: int, limit: int, json: bool) -> None:
    from kyara.catalogue.query import page

    shown = page(there, numbers, first, limit)
    if json:
        for hit in shown.hits:
            _write(as_row(hit))
        return
    if shown.hits:
        print_samples(Console(), (titled(hit) for hit in shown.hits))
    _say_total(len(shown.hits), shown.total)


def _say_total(here: int, total: int) -> None:
    more = f", {here} of them here; --limit and --first show others" if here < total else ""
    Console().print(f"[dim]{total:,} found{more}[/]", highlight=False)


def _counted(there: Opened, numbers: BitMap) -> dict[str, dict[str, int]]:
    from kyara.catalogue.query import facets

    return {name: counts for name, counts in facets(there, numbers).items() if counts}


def _print_facets(counted: dict[str, dict[str, int]]) -> None:
    console = Console()
    for attribute, counts in counted.items():
        shown = [f"{escape(label.replace('_', ' '))} [dim]{count:,}[/]" for label, count in counts.items()]
        more = f" [dim]and {len(shown) - COMMONEST} more[/]" if len(shown) > COMMONEST else ""
        title = f"[bold]{escape(attribute.replace('_', ' '))}[/]"
        console.print(f"{title}  {', '.join(shown[:COMMONEST])}{more}", highlight=False)


def _show_skipped(there: Opened, numbers: BitMap, first: int, limit: int, json: bool) -> None:
    from kyara.catalogue.reading import numbered

    samples = list(numbered(there, numbers[first : first + limit]))
    if json:
        for sample in samples:
            told = sample.skip and {
                "step": sample.skip.step,
                "reason": sample.skip.reason,
                "detail": sample.skip.detail,
            }
            _write({"key": sample.key, "id": sample.id, "uri": sample.uri, "skip": told})
        return
    if samples:
        print_samples(Console(), samples)
    _say_total(len(samples), len(numbers))
