"""`kyara dedup`: which pictures are duplicates, in a table; set aside where asked for, and brought back again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Column, Table

from kyara.cli.extract import default_out, run
from kyara.cli.options import Verbose
from kyara.cli.progress import set_up_logging
from kyara.cli.supervise import die_with_parent, hand_over, is_child
from kyara.detect.builtin import builtin_heads
from kyara.errors import SettingsError
from kyara.images import Limits
from kyara.quality.alike import ALIKE
from kyara.quality.aside import brought_back, set_aside
from kyara.quality.variants import Verdict
from kyara.recipes.deduplicating import JOURNAL, KINDS, TABLE, Decisions, decided, write_decisions
from kyara.recipes.run import prepare, source_of
from kyara.recipes.telling_apart import Apart
from kyara.settings import load_settings
from kyara.weights import Runtime

SHOWN = 20  # rows
_LOOKED = {
    Verdict.ANOTHER_FACE: "are variants, one drawing with another face: they stay (--no-look takes them for one)",
    Verdict.ANOTHER_PICTURE: "have nothing in common on a look: they stay",
    Verdict.UNKNOWN: "could not be looked at (a picture is gone, or too plain)",
}


def dedup(
    targets: Annotated[list[str], typer.Argument(metavar="RESULT|FOLDER…", help="Results, or pictures to measure.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Set duplicates aside, in hidden folders beside them.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Bring back what --apply set aside.")] = False,
    kinds: Annotated[str, typer.Option(help="Comma-separated: exact, near, semantic.")] = "exact,near",
    least: Annotated[float, typer.Option(min=0.5, max=1.0, help="Likeness from which on pictures are near.")] = ALIKE,
    look: Annotated[
        bool, typer.Option("--look/--no-look", help="Open near pairs: one drawing with two faces is no duplicate.")
    ] = True,
    space: Annotated[str | None, typer.Option(help="Embedding space of semantic duplicates. [default: any]")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the table. [default: the first result]")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the table as CSV here too.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file, TOML or YAML.")] = None,
    verbose: Verbose = 0,
) -> None:
    """Find duplicates: the same content, near ones (resized, mirrored, cropped …), and semantic ones where asked for.

    Of each group the best is kept. Nothing is deleted: all decisions are in a table, and --apply only moves files,
    which --undo moves back.
    """
    console = Console(stderr=True)
    set_up_logging(console, verbose, False)
    wanted = [kind.strip() for kind in kinds.split(",")]
    if unknown := [kind for kind in wanted if kind not in KINDS]:
        raise SettingsError(f"kind {unknown[0]!r} is unknown; choose some of {', '.join(KINDS)}")
    fresh = [target for target in targets if not (Path(target) / "run.json").exists()]
    if fresh and not undo and not is_child():
        hand_over(sys.argv[1:])
    if is_child():
        die_with_parent()
    results = [_measured(console, target, config, undo) if target in fresh else Path(target) for target in targets]
    out = out or results[0]
    out.mkdir(parents=True, exist_ok=True)
    if undo:
        _undo(console, out / JOURNAL)
        return
    with console.status("comparing …") as status:
        apart = _looking(config, status) if look and "near" in wanted else None
        decisions = decided(results, wanted, least, space, apart)
        write_decisions(out, decisions, csv)
    _print(decisions)
    _say(console, decisions, out / TABLE, apart)
    if apply:
        _apply(console, decisions, out / JOURNAL)


def _measured(console: Console, target: str, config: Path | None, done: bool) -> Path:
    """The result folder of a run that measures pictures and asks nobody who is in them; it is `done` before an undo."""
    settings = load_settings(config, extractors="tags", detectors="none", quality={"measure": "always"})
    job = prepare(source_of([target], [], {}), settings)
    path = default_out(job)
    if not done:
        run(console, job, path, False, False)
    return path


def _looking(config: Path | None, status: Status) -> Apart:
    """Whoever opens near pairs, telling how many as it goes on."""

    def told(looked: int) -> None:
        status.update(f"comparing … {looked:,} near pairs looked at")

    limits = Limits(**load_settings(config).images.model_dump())
    return Apart(builtin_heads(Runtime(threads=2, streams=2)), limits, told)


def _apply(console: Console, decisions: Decisions, journal: Path) -> None:
    kept = {row["group"]: row["uri"] for row in decisions.table.to_pylist() if row["kept"]}
    moved, left = 0, []
    for row in decisions.table.to_pylist():
        if row["kept"]:
            continue
        picture, best = _file(row["uri"]), _file(kept[row["group"]])
        if picture is None or best is None or not best.exists() or picture == best:
            left.append(row["uri"])
        elif set_aside(journal, picture, row["id"]):
            moved += 1
        else:
            left.append(row["uri"])
    console.print(f"{moved:,} pictures are set aside; [bold]--undo[/] brings them back", highlight=False)
    if left:
        said = f"{len(left):,} are where they were: no file of their own, changed, or gone already ({left[0]} …)"
        console.print(said, style="yellow", highlight=False, markup=False)


def _undo(console: Console, journal: Path) -> None:
    back, kept = brought_back(journal)
    console.print(f"{back:,} files are back where they were", highlight=False)
    if kept:
        said = f"{len(kept):,} are still aside: another file lies in their place ({kept[0]} …); move it and undo again"
        console.print(said, style="yellow", highlight=False, markup=False)


def _file(uri: str) -> Path | None:
    """The file of its own that a picture is; None for one in an archive, a table or elsewhere."""
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" and not parts.fragment else None


def _print(decisions: Decisions) -> None:
    rows: Sequence[dict[str, object]] = decisions.table.slice(0, SHOWN).to_pylist()
    if not rows:
        return
    table = Table(
        Column("group", justify="right"), "", Column("picture", overflow="fold"), "kind", "how",
        Column("likeness", justify="right"), box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for row in rows:
        mark = "kept" if row["kept"] else "goes"
        likeness = "" if row["kept"] else f"{row['likeness']:.3f}"
        table.add_row(str(row["group"]), mark, escape(str(row["key"])), str(row["kind"]), str(row["how"]), likeness)
    Console().print(table)


def _say(console: Console, decisions: Decisions, path: Path, apart: Apart | None) -> None:
    counts = decisions.counts()
    found = ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "no"
    said = f"{found} duplicates among {decisions.pictures:,} pictures; all decisions are in {path}"
    console.print(said, highlight=False, markup=False, soft_wrap=True)
    for verdict, what in _LOOKED.items():
        if apart and (count := apart.said[verdict]):
            console.print(f"{count:,} near pairs {what}", highlight=False, markup=False, soft_wrap=True)
    if unmeasured := decisions.pictures - decisions.measured:
        said = f"{unmeasured:,} have no fingerprint (flat, or nobody looked at their pixels): exact duplicates only;"
        console.print(f"{said} kyara dedup FOLDER measures them", highlight=False, markup=False, soft_wrap=True)
    if counts:
        console.print("next: [bold]--apply[/] sets them aside; nothing is deleted", highlight=False)
