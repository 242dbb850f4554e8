"""`kyara models`: which networks Kyara knows, which are on this machine, and fetching, checking and removing them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Column, Table

from kyara.errors import MissingWeightsError, WeightsError
from kyara.recipes import derived
from kyara.settings import load_settings
from kyara.weights import BUILTIN, find, hub, stored
from kyara.weights.hub import Offer, Watch
from kyara.weights.known import about, known, nearest
from kyara.weights.refusals import UnreachableHubError, endpoint
from kyara.weights.stored import Stored

app = typer.Typer(no_args_is_help=True, help="Fetch, check and remove the networks that extractors and detectors use.")

ASK_FROM = 50_000_000  # bytes: more is not fetched without a yes

Model = Annotated[str, typer.Argument(help="A hub id, as openai/clip-vit-base-patch32.")]


@app.command("list")
def list_models() -> None:
    """The models Kyara knows and those that were pulled: what for, size here, licence."""
    here: dict[str, list[Stored]] = {}
    for one in stored.everything(_folder()):
        here.setdefault(one.name, []).append(one)
    ids = Column("model", no_wrap=True)  # there to be copied
    table = Table(ids, "for", "here", "licence", box=box.SIMPLE_HEAD, pad_edge=False)
    ours = sum(file.stat().st_size for file in _builtin())
    table.add_row(BUILTIN, "extractor builtin, detector builtin-head", said(ours), "research and evaluation")
    for name in dict.fromkeys((*known(), *here)):
        model = about(name)
        for one in here.get(name, []):
            table.add_row(name, model.purpose, said(one.size), _short(one.licence))
        if name not in here:
            started = sum(path.stat().st_size for path in stored.partials(name))
            size = f"[dim]{said(started)} of it[/]" if started else "[dim]not here[/]"
            table.add_row(name, model.purpose, size, _short(model.licence or ""))
    Console().print(table)


def _builtin() -> list[Path]:
    """The networks that come with the package."""
    return sorted(find(BUILTIN).folder.glob("*.onnx"))


def _short(licence: str) -> str:
    return escape(licence.partition(" (")[0])


@app.command()
def pull(
    model: Model,
    revision: Annotated[str | None, typer.Option(help="A commit, branch or tag instead of the pinned one.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Pin anew: Kyara's commit, or what main is now.")] = False,
    files: Annotated[list[str] | None, typer.Option(help="Weights to fetch, as '*_n/model.onnx'; repeatable.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, however large.")] = False,
) -> None:
    """Fetch a model, or what is missing or damaged of it; a pull that broke off goes on where it was."""
    console = Console(stderr=True)
    folder = _folder()
    try:
        offer = hub.look(model, revision, folder, update, files or ())
        _agree(console, offer, yes)
        with _progress(console, offer) as watch:
            pulled = hub.pull(offer, folder, watch)
    except UnreachableHubError as error:
        console.print(f"[yellow]{escape(str(error).partition(';')[0])}[/]; looking at what is here", highlight=False)
        pulled = hub.adopt(model, revision, folder, files or ())
    except KeyboardInterrupt:
        console.print("[yellow]stopped.[/] What has come is kept; run the same command again to go on.")
        raise typer.Exit(130) from None
    print(f"{pulled.name} at {pulled.revision[:12]}: {len(pulled.files)} files, {said(pulled.size)}, verified")


@app.command()
def info(
    model: Model,
    revision: Annotated[str | None, typer.Option(help="Of a pull with --revision.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Read every byte again.")] = False,
) -> None:
    """What is known of a model, and its files here; exits 2 where one is lost or damaged. Of "builtin" its cards."""
    if model == BUILTIN:
        for card in ("heads.md", "faces.md", "LICENSE.md"):
            Console().print(Markdown(find(BUILTIN).file(card).read_text(encoding="utf-8")))
        return
    console, entry, folder = Console(), about(model), _folder()
    found = stored.read(model, revision, folder)
    if found is None and model not in known():
        raise MissingWeightsError(f"{_unknown(model)}, or run `kyara models pull {model}`")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("model", f"{model} ({endpoint()}/{model})")
    table.add_row("for", entry.purpose)
    table.add_row("licence", escape(found.licence if found else entry.licence or "see its page"))
    table.add_row("revision", found.revision if found else entry.revision or "pinned at the first pull")
    table.add_row("here", f"{said(found.size)} in {found.folder}" if found else f"no; run kyara models pull {model}")
    made = derived.derived_of(model, [found] if found else [], folder)
    if made:
        table.add_row("made of it", f"{said(sum(map(derived.size_of, made)))} in {folder}")
    for file in found.files if found else ():
        table.add_row(escape(file.name), f"{file.size:,} bytes, SHA-256 {file.sha256}")
    if entry.note:
        table.add_row("note", escape(entry.note))
    console.print(table, highlight=False)
    if found is not None:
        stored.check(found, folder, every_byte=verify)
        print("every byte is as pulled" if verify else "sizes and times are as verified; --verify reads every byte")


@app.command()
def rm(
    model: Model,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a model's files from the hub's cache, which other tools share, what a broken pull left of it, and what was
    made of it: exported and quantised networks, encoded texts."""
    folder = _folder()
    mine = [one for one in stored.everything(folder) if one.name == model]
    started = stored.partials(model)
    made = derived.derived_of(model, mine, folder)
    if not mine and not started and not made:
        raise MissingWeightsError(f"{_unknown(model)}: it was never pulled; `kyara models list` says what is here")
    size = sum(one.size for one in mine) + sum(path.stat().st_size for path in started)
    what = f"{model} ({said(size)}) from {stored.hub_cache()}"
    if made:
        what += f" and {said(sum(map(derived.size_of, made)))} made of it from {folder}"
    if not yes and not _somebody_is_there():
        raise WeightsError(f"nobody is there to agree to removing {what}; add --yes")
    if not yes and not typer.confirm(f"remove {what}?", err=True):
        raise typer.Exit(1)
    others = sum(map(derived.remove, made))  # first: what was made of a file is told by the file
    freed = stored.remove_partials(model) + sum(stored.remove(one, folder) for one in mine)
    share = f", {said(others)} of it made of the model" if made else ""
    print(f"{model} removed, {said(freed + others)} freed{share}")


def said(size: int) -> str:
    """Bytes for people, in powers of 1000 as disks are sold."""
    amount, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} {units[0]}" if units[0] == "bytes" or amount >= 100 else f"{amount:.1f} {units[0]}"


def _folder() -> Path:
    return load_settings().models.folder


def _unknown(model: str) -> str:
    return f"model {model!r} is not here" if model in known() else f"model {model!r} is unknown; see {nearest(model)}"


def _agree(console: Console, offer: Offer, yes: bool) -> None:
    """Size and licence are said before anything comes; above 50 MB a person agrees to them."""
    coming = sum(file.size for file in offer.missing)
    if not coming:
        return
    what = f"{offer.name} at {offer.commit[:12]}: {said(coming)} to fetch, licence {offer.licence}"
    note = f" ({about(offer.name).note})" if about(offer.name).note else ""
    console.print(what + note, markup=False, highlight=False, soft_wrap=True)
    if coming <= ASK_FROM or yes:
        return
    if not _somebody_is_there():
        raise WeightsError(f"{offer.name} is {said(coming)} to fetch and nobody is there to agree; add --yes")
    if not typer.confirm("fetch it?", err=True):
        raise typer.Exit(1)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()


@contextmanager
def _progress(console: Console, offer: Offer) -> Iterator[Watch]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("fetching", total=sum(file.size for file in offer.missing))

        def watch(name: str, more: int) -> None:
            bar.update(task, advance=more, description=name)

        yield watch
