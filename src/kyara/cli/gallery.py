"""`kyara gallery`: who is known, by which pictures; adding, looking over, removing, and taking the last change back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shlex import quote
from threading import Event
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.cli.extract import stopping
from kyara.cli.identities import GalleryPath, Space, gallery_at, known_at, said, settings_with
from kyara.cli.options import Cache, Clip, Config, Detectors, Extractors, Verbose
from kyara.cli.progress import set_up_logging, watched
from kyara.errors import SettingsError
from kyara.identity.gallery import Gallery, Known, Prototype
from kyara.identity.journal import GalleryError
from kyara.identity.overview import Overview, Standing, overview
from kyara.identity.threshold import threshold
from kyara.recipes.enrolling import enrol, renewed, spread_over
from kyara.recipes.grouping import from_clusters
from kyara.recipes.identifying import shipped_with
from kyara.recipes.run import prepare, source_of
from kyara.scale.local import StoppedError, Watch

app = typer.Typer(no_args_is_help=True, help="The characters that are known, and the pictures they are known by.")

FEW = 5

Name = Annotated[str, typer.Argument(help="A character's name.")]


@app.command()
def add(
    name: Name,
    pictures: Annotated[list[str], typer.Argument(metavar="PICTURE…", help="Pictures, folders, or a clusters.csv.")],
    head: Annotated[int | None, typer.Option(help="Which character of a picture that shows several, from 1.")] = None,
    cluster: Annotated[int | None, typer.Option(help="Which cluster of a clusters.csv (kyara cluster).")] = None,
    gallery: GalleryPath = None,
    extractors: Extractors = None,
    detectors: Detectors = None,
    clip: Clip = None,
    config: Config = None,
    cache: Cache = None,
    verbose: Verbose = 0,
) -> None:
    """Enrol pictures of a character: each becomes a prototype, with every embedding there is of it."""
    console = Console(stderr=True)
    set_up_logging(console, verbose, False)
    there = gallery_at(gallery)
    if cluster is not None:
        if len(pictures) != 1:
            raise SettingsError(f"--cluster {cluster} is of one clusters.csv, {len(pictures)} paths are given")
        _keep(console, there, name, spread_over(from_clusters(Path(pictures[0]), cluster)))
        return
    settings = settings_with(config, extractors, detectors, clip, cache)
    job = prepare(source_of(pictures, [], {}), settings)
    with _watching(console, job.total) as (stop, watch):
        found = enrol(job, head, stop, watch)
    for key, why in found.left_out:
        console.print(f"[yellow]left out {escape(key)}[/]: {escape(why)}", highlight=False, soft_wrap=True)
    if found.whole:
        some = ", ".join(found.whole[:FEW]) + " …" * (len(found.whole) > FEW)
        console.print(f"[dim]no head found in {escape(some)}: the whole picture stands for it[/]", highlight=False)
    if not found.prototypes:
        raise GalleryError(f"none of {len(found.left_out)} pictures can be enrolled; see above for what to do")
    _keep(console, there, name, found.prototypes)


@app.command("list")
def list_names(gallery: GalleryPath = None, space: Space = None) -> None:
    """Everybody who is known, how alike their pictures are, and whom they are most easily taken for."""
    console, there = Console(), gallery_at(gallery)
    known = known_at(Console(stderr=True), there)
    if not known.identities:
        console.print(f"nobody is known in {there.path}; kyara gallery add NAME PICTURE… enrols", highlight=False)
        return
    seen = _overview(known, space)
    table = Table("name", _number("pictures"), _number("alike"), "nearest other", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in sorted(known.identities, key=str.casefold):
        mine = seen.of(name)
        own = [one.own for one in mine if one.own is not None]
        near = max(mine, key=lambda one: one.to_other or -1.0, default=None)
        alike = f"{sum(own) / len(own):.2f}" if own else ""
        table.add_row(escape(name), str(len(known.identities[name])), alike, _other(near))
    console.print(table)
    try:
        found = threshold(seen.prototypes, shipped=shipped_with(seen.space))
        console.print(f"[dim]{escape(said(found, seen.space))}[/]", highlight=False)
    except GalleryError as error:
        console.print(f"[dim]space {seen.space}, {escape(str(error))}[/]", highlight=False)


@app.command()
def show(name: Name, gallery: GalleryPath = None, space: Space = None) -> None:
    """The pictures a character is known by; an odd one is nearer to another character than to its own."""
    console = Console()
    known = known_at(Console(stderr=True), gallery_at(gallery))
    pictures = known.of(name)
    seen = _overview(known, space)
    standings = {one.prototype.mark: one for one in seen.standings}
    table = Table(
        Column("id", no_wrap=True), Column("picture", overflow="fold"), "seen", _number("own"), "nearest other", "",
        box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for one in pictures:
        at = standings.get(one.mark)
        own = f"{at.own:.2f}" if at and at.own is not None else ""
        odd = "[yellow]odd[/]" if at and at.odd else ""
        table.add_row(one.id[:8], escape(one.key), _part(one), own, _other(at), odd)
    console.print(table)
    console.print(f"[dim]similarity in space {seen.space} to the nearest other picture of its own[/]", highlight=False)
    if strangers := [one for one in pictures if one.mark in standings and standings[one.mark].odd]:
        command = f"kyara gallery remove {quote(name)} --picture {strangers[0].id[:8]}"
        console.print(f"next: if the odd is somebody else, [bold]{escape(command)}[/]", highlight=False, soft_wrap=True)


@app.command()
def remove(
    name: Name,
    picture: Annotated[str | None, typer.Option(help="Only this picture: the beginning of its id.")] = None,
    gallery: GalleryPath = None,
) -> None:
    """Take a character, or one picture of it, out of the gallery; undo brings it back."""
    out = gallery_at(gallery).remove(name, picture)
    print(f"removed {_count(len(out))} of {name!r}; kyara gallery undo brings it back")


@app.command()
def undo(gallery: GalleryPath = None) -> None:
    """Take the last change back, and with each further call the one before."""
    entry = gallery_at(gallery).undo()
    print(f"undone: {entry.change['said']} ({datetime.fromtimestamp(entry.at):%Y-%m-%d %H:%M})")


@app.command()
def renew(
    gallery: GalleryPath = None,
    extractors: Extractors = None,
    detectors: Detectors = None,
    clip: Clip = None,
    config: Config = None,
    cache: Cache = None,
    verbose: Verbose = 0,
) -> None:
    """Look at every enrolled picture again, where it was: after other weights, another precision, another release."""
    console = Console(stderr=True)
    set_up_logging(console, verbose, False)
    there = gallery_at(gallery)
    known = known_at(console, there)
    if not known.identities:
        raise GalleryError(f"gallery {there.path} is empty; kyara gallery add NAME PICTURE… enrols")
    settings = settings_with(config, extractors, detectors, clip, cache)
    with _watching(console, sum(map(len, known.identities.values()))) as (stop, watch):
        fresh, failed = renewed(known, lambda source: prepare(source, settings), stop, watch)
    for key, why in failed:
        console.print(f"[yellow]as it was: {escape(key)}[/]: {escape(why)}", highlight=False, soft_wrap=True)
    if fresh:
        there.replace(fresh)
    remedy = "; add those left from where they are now, and remove the old" if failed else ""
    print(f"looked at {_count(sum(map(len, fresh.values())))} anew, {len(failed)} left as they were{remedy}")


def _keep(console: Console, gallery: Gallery, name: str, prototypes: list[Prototype] | tuple[Prototype, ...]) -> None:
    added = gallery.add(name, prototypes)
    known = known_at(console, gallery)
    spaces = ", ".join(dict.fromkeys(r.space for p in prototypes for r in p.references))
    before = f", {len(added.already)} were there before" if added.already else ""
    print(f"{name}: {_count(len(added.new))} added{before}, {len(known.of(name))} in all ({spaces})")
    console.print(f"next: [bold]kyara identify SOURCE --only {escape(quote(name))}[/]", highlight=False)


@contextmanager
def _watching(console: Console, total: int | None) -> Iterator[tuple[Event, Watch]]:
    stop = Event()
    try:
        with stopping(stop, console), watched(console, total, False) as watch:
            yield stop, watch
    except StoppedError:
        console.print("[yellow]stopped.[/] The gallery is as it was.")
        raise typer.Exit(130) from None


def _overview(known: Known, space: str | None) -> Overview:
    seen = overview(known, space)
    if seen is None:
        there = ", ".join(dict.fromkeys(r.space for _, p in known for r in p.references))
        raise GalleryError(f"no picture in the gallery has an embedding in space {space!r}; choose one of {there}")
    return seen


def _other(at: Standing | None) -> str:
    return f"{escape(at.other)} {at.to_other:.2f}" if at and at.other is not None else ""


def _part(prototype: Prototype) -> str:
    corners = prototype.head or prototype.body
    if corners is None:
        return "whole"
    part = "head" if prototype.head else "body"
    return f"{part} {corners[2] - corners[0]:.0f} × {corners[3] - corners[1]:.0f} px"


def _number(title: str) -> Column:
    return Column(title, justify="right")


def _count(count: int) -> str:
    return f"{count} picture{'s' * (count != 1)}"
