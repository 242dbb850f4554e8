"""`kyara cluster`: the main job, then its cast in groups: a table, a CSV beside the results, how to name a group."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.cli.extract import default_out, run
from kyara.cli.identities import Crops, Space, settings_with
from kyara.cli.options import Cache, Clip, Config, Detectors, Extractors, JsonLogs, Limit, Verbose
from kyara.cli.progress import set_up_logging
from kyara.cli.summary import print_start, print_summary
from kyara.cli.supervise import die_with_parent, hand_over, is_child
from kyara.identity.clustering import LEAST
from kyara.identity.spaces import owner
from kyara.recipes.crops import of_crops
from kyara.recipes.grouping import FILE, Cast, Member, grouped, write_clusters
from kyara.recipes.identifying import looks_of
from kyara.recipes.run import prepare, source_of
from kyara.results.folder import ResultFolder

EXAMPLES = 3
MANY = 30


def cluster(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Pictures, folders, tables.")],
    least: Annotated[int, typer.Option(min=2, help="A group has at least so many sightings.")] = LEAST,
    space: Space = None,
    out: Annotated[Path | None, typer.Option(help="Result folder. [default: that of kyara extract]")] = None,
    extractors: Extractors = None,
    detectors: Detectors = None,
    clip: Clip = None,
    config: Config = None,
    cache: Cache = None,
    crops: Crops = False,
    limit: Limit = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what another run left in --out.")] = False,
    verbose: Verbose = 0,
    json_logs: JsonLogs = False,
) -> None:
    """Group an unknown cast: sightings that look alike together, the rest by themselves."""
    console = Console(stderr=True)
    set_up_logging(console, verbose, json_logs)
    settings = settings_with(config, extractors, detectors, clip, cache, limit)
    if not is_child():
        hand_over(sys.argv[1:])
    die_with_parent()
    plain = prepare(source_of(sources, [], {}), settings)
    job = of_crops(plain) if crops else plain
    out = out or default_out(job)
    print_start(console, job, out)
    result = run(console, job, out, force, json_logs)
    print_summary(console, result, job.missing)
    looks = looks_of(job.recipe.extractors)
    with console.status(f"grouping {result.tally.sightings:,} sightings …"):
        cast = grouped(ResultFolder(out), space, least)
        write_clusters(out / FILE, cast, looks.get(owner(cast.space, looks) or "", ""))
    _print(cast)
    _say_next(console, cast, out / FILE)


def _print(cast: Cast) -> None:
    table = Table(
        Column("cluster", justify="right"), Column("sightings", justify="right"), Column("examples", overflow="fold"),
        "tags say", box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for number in range(1, min(cast.count, MANY) + 1):
        members = cast.cluster(number)
        examples = ", ".join(escape(key) for key in list(dict.fromkeys(m.key for m in members))[:EXAMPLES])
        table.add_row(str(number), str(len(members)), examples, escape(_named(members)))
    if cast.count:
        Console().print(table)


def _named(members: list[Member]) -> str:
    names = Counter(hint for member in members for hint in member.hints)
    return ", ".join(f"{name} ({count} of {len(members)})" for name, count in names.most_common(2))


def _say_next(console: Console, cast: Cast, path: Path) -> None:
    alone = sum(m.cluster is None for m in cast.members)
    unseen = f", {cast.without:,} without an embedding in it" if cast.without else ""
    found = f"{cast.count:,} clusters in space {cast.space}, {alone:,} sightings in none{unseen}"
    console.print(f"{found}; all are in {escape(str(path))}", highlight=False, soft_wrap=True)
    if cast.count:
        command = f"kyara gallery add NAME {path} --cluster 1"
        console.print(f"next: [bold]{escape(command)}[/]", highlight=False, soft_wrap=True)
    else:
        console.print("next: more pictures, [bold]--least 2[/], or another --space", highlight=False)
