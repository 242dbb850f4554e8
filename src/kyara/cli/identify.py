"""`kyara identify`: the main job with identities; who is where as a table or JSON lines, which pictures are of X."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.cli.catalogue import catalogued, ready
from kyara.cli.extract import default_out, run
from kyara.cli.identities import Crops, GalleryPath, Space, gallery_at, known_at, said, settings_with
from kyara.cli.options import Cache, Catalogue, Clip, Config, Detectors, Extractors, JsonLogs, Limit, Verbose
from kyara.cli.progress import set_up_logging
from kyara.cli.summary import print_start, print_summary
from kyara.cli.supervise import die_with_parent, hand_over, is_child
from kyara.identity.gallery import Known, tidy
from kyara.identity.hints import Opinion
from kyara.identity.journal import GalleryError
from kyara.identity.threshold import FAR
from kyara.recipes.crops import of_crops
from kyara.recipes.identifying import Identification, Match, Wish, identifying
from kyara.recipes.run import prepare, source_of
from kyara.records import Sample
from kyara.scale.own_process import settle

MANY = 40  # rows of the table that lists everybody

_COLOURS = {Opinion.AGREES: "green", Opinion.DISAGREES: "red", Opinion.HINT_ONLY: "cyan", Opinion.SILENT: "dim"}


@dataclass(frozen=True, slots=True)
class Row:
    """One sighting as it is printed."""

    sample: Sample
    match: Match

    def json(self) -> dict[str, Any]:
        sample, match = self.sample, self.match
        sighting = sample.sightings[match.number - 1]
        return {
            "key": sample.key,
            "id": sample.id,
            "uri": sample.uri,
            "character": match.number,
            "head": sighting.head,
            "body": sighting.body,
            "identity": match.identity,
            "nearest": match.nearest,
            "similarity": match.similarity,
            "hints": sighting.hints,
            "tags_say": match.opinion.value or None,
        }


def identify(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Pictures, folders, tables.")],
    only: Annotated[list[str] | None, typer.Option(help="Only pictures of this character; repeatable.")] = None,
    gallery: GalleryPath = None,
    space: Space = None,
    far: Annotated[
        float, typer.Option(min=1e-6, max=0.5, help="False-accept rate: the share of strangers that get a name.")
    ] = FAR,
    threshold: Annotated[
        float | None, typer.Option(min=-1, max=1, help="Known from this similarity on, in place of --far.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Result folder. [default: kyara-out/NAME-DIGEST]")] = None,
    extractors: Extractors = None,
    detectors: Detectors = None,
    clip: Clip = None,
    config: Config = None,
    cache: Cache = None,
    catalogue: Catalogue = None,
    crops: Crops = False,
    limit: Limit = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what another run left in --out.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON line a sighting (with --only, a match).")] = False,
    verbose: Verbose = 0,
    json_logs: JsonLogs = False,
) -> None:
    """Say who of the gallery is in which picture; who is like nobody stays unknown.

    The results are those of kyara extract, with identities. With --only they answer "which pictures are of X".
    """
    console = Console(stderr=True)
    set_up_logging(console, verbose, json_logs)
    settings = settings_with(config, extractors, detectors, clip, cache, limit, catalogue)
    if not is_child():
        ready(settings)
        hand_over(sys.argv[1:])
    die_with_parent()
    known = known_at(console, gallery_at(gallery))
    wanted = {tidy(name) for name in only or () if known.of(name)}
    plain = prepare(source_of(sources, [], {}), settings)
    with console.status("looking over the gallery …"):  # 3 s with 10,000 pictures in it
        job, step = identifying(of_crops(plain) if crops else plain, known, Wish(space, far, threshold))
    _say_absent(console, known, wanted, step)
    out = out or default_out(job)
    settle()
    print_start(console, job, out)
    console.print(f"[dim]{escape(said(step.threshold, step.space))}[/]", highlight=False)
    result = run(console, job, out, force, json_logs)
    rows = [Row(sample, match) for sample in result for match in step.matches(sample)]
    shown = [row for row in rows if row.match.identity in wanted] if wanted else rows
    if json:
        for row in shown:
            sys.stdout.buffer.write(orjson.dumps(row.json()) + b"\n")
        sys.stdout.flush()
    else:
        _print(shown, sorted(wanted))
    print_summary(console, result, job.missing)
    _say_who(console, rows, step)
    catalogued(console, settings, out)


def _say_absent(console: Console, known: Known, wanted: set[str], step: Identification) -> None:
    """Who is known, but not in this space. Raises GalleryError where that is who was asked for."""
    absent = [name for name in known.identities if name not in step.prototypes.names]
    if not absent:
        return
    said_of = f"{', '.join(absent[:5])}{' …' * (len(absent) > 5)} cannot be found in space {step.space}"
    remedy = "no picture of theirs has an embedding in it; kyara gallery renew makes some, --space chooses another"
    if wanted & set(absent):
        raise GalleryError(f"{said_of}: {remedy}")
    console.print(f"[yellow]{escape(said_of)}[/]: {remedy}", highlight=False)


def _print(rows: list[Row], wanted: list[str]) -> None:
    """With `wanted`, every match, the likest first; else the first forty sightings."""
    console = Console()
    if wanted and not rows:
        console.print(f"no picture of {escape(' or '.join(wanted))}", highlight=False)
        return
    if wanted:
        rows = sorted(rows, key=lambda row: -(row.match.similarity or 0.0))
    table = Table(
        Column("picture", overflow="fold", ratio=4), "who", Column("similarity", justify="right"), "tags say",
        box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for row in rows if wanted else rows[:MANY]:
        table.add_row(_place(row), _who(row.match), _number(row.match), _tags(row))
    console.print(table)
    if not wanted and len(rows) > MANY:
        console.print(f"[dim]{MANY} of {len(rows):,} sightings; --only NAME asks for one, --json gives all[/]")


def _place(row: Row) -> str:
    several = f" [dim]#{row.match.number}[/]" if len(row.sample.sightings) > 1 else ""
    return f"{escape(row.sample.key)}{several}"


def _who(match: Match) -> str:
    if match.identity is not None:
        return f"[bold]{escape(match.identity)}[/]"
    return "[dim]unknown[/]" if match.nearest is None else f"[dim]unknown, nearest {escape(match.nearest)}[/]"


def _number(match: Match) -> str:
    return "" if match.similarity is None else f"{match.similarity:.3f}"


def _tags(row: Row) -> str:
    said_by = row.match.opinion
    hints = ", ".join(row.sample.sightings[row.match.number - 1].hints)
    names = f": {escape(hints)}" if said_by in (Opinion.DISAGREES, Opinion.HINT_ONLY) else ""
    return f"[{_COLOURS[said_by]}]{said_by.value}{names}[/]"


def _say_who(console: Console, rows: list[Row], step: Identification) -> None:
    """How many sightings each character has, how many are unknown, and how the tags take it."""
    who = Counter(row.match.identity for row in rows if row.match.identity is not None)
    unseen = sum(row.match.similarity is None for row in rows)
    named = ", ".join(f"{name} {count:,}" for name, count in who.most_common(12))
    rest = f" and {len(who) - 12} more" if len(who) > 12 else ""
    unknown = len(rows) - sum(who.values()) - unseen
    console.print(f"known: {escape(named) or 'nobody'}{rest}; unknown: {unknown:,}", highlight=False)
    if unseen:
        why = f"{unseen:,} sightings have no embedding of their own in space {step.space}"
        remedy = "no head was found, or no picture; for pictures that are cut-out heads give --crops"
        console.print(f"[yellow]{why}[/]: {remedy}", highlight=False)
    said_by = Counter(row.match.opinion for row in rows if row.match.opinion)
    if said_by:
        console.print(
            "tags: " + ", ".join(f"{word.value} {count:,}" for word, count in said_by.items()), highlight=False
        )
