"""`kyara stats`: the catalogue in numbers, as tables or JSON."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.cli.options import Catalogue, catalogue_at

if TYPE_CHECKING:
    from kyara.catalogue.statistics import Coverage, Run, Statistics

MOST = 4  # labels shown of an attribute


def stats(
    catalogue: Catalogue = None,
    json: Annotated[bool, typer.Option("--json", help="As one JSON object on stdout.")] = False,
) -> None:
    """Say what is in the catalogue: counts, what is known of each attribute and how surely, skips, runs."""
    from kyara.catalogue import opened  # sqlalchemy is not loaded for other commands
    from kyara.catalogue.statistics import statistics

    with opened(catalogue_at(catalogue)) as there:
        told = statistics(there)
    if json:
        sys.stdout.buffer.write(orjson.dumps(asdict(told)) + b"\n")
        return
    console = Console()
    console.print(_counts(told), highlight=False)
    console.print(_attributes(told), highlight=False)
    console.print(_runs(told.runs), highlight=False)


def _counts(told: Statistics) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    gone = f", {told.gone_places:,} of them gone" if told.gone_places else ""
    table.add_row("samples", f"{told.samples:,} in {told.places:,} places{gone}")
    table.add_row("skipped", ", ".join(f"{n:,} {reason.replace('_', ' ')}" for reason, n in told.skips.items()) or "0")
    table.add_row("characters", f"{told.sightings:,}, {told.reviewed:,} of them reviewed")
    table.add_row("embeddings", ", ".join(f"{escape(name)} {n:,}" for name, n in told.embeddings.items()) or "none")
    return table


def _attributes(told: Statistics) -> Table:
    table = Table(
        Column("attribute"), Column("decided", justify="right"), Column("confidence", justify="right"),
        Column("most frequent", overflow="fold"), box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for one in told.coverage:
        share = f"{one.decided / told.sightings:.0%}" if told.sightings else ""
        table.add_row(escape(one.name), share, f"{one.confidence:.2f}" if one.decided else "", _most(one))
    return table


def _most(one: Coverage) -> str:
    labels = list(one.labels.items())
    more = f" and {len(labels) - MOST} more" if len(labels) > MOST else ""
    return ", ".join(f"{escape(name)} {n:,}" for name, n in labels[:MOST]) + more


def _runs(runs: tuple[Run, ...]) -> Table:
    table = Table(
        Column("run", overflow="fold"), Column("made"), Column("described", justify="right"),
        Column("speed", justify="right"), Column("from the cache"), box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for one in runs:
        made = f"{datetime.fromtimestamp(one.made_at):%Y-%m-%d %H:%M}" if one.made_at else ""
        speed = "" if one.per_second is None else f"{one.per_second:,.0f}/s"
        hits = ", ".join(f"{escape(n)} {h:,} of {h + looks:,}" for n, (h, looks) in one.cache.items() if h + looks)
        table.add_row(escape(one.folder), made, f"{one.samples:,}", speed, hits)
    return table
