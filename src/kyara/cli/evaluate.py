"""`kyara evaluate`: how right, how honest and how dear each extractor and fusion is, on a table of true attributes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kyara import __version__
from kyara.cli.extract import NO_PIXELS, columns_of, stopping
from kyara.cli.options import (
    Cache,
    Column,
    Config,
    Detectors,
    Extractors,
    Limit,
    MaxRisk,
    MinConfidence,
    Verbose,
    VocabularyFile,
)
from kyara.cli.progress import LINE_EVERY_S, log, set_up_logging, watched
from kyara.cli.scoreboard import print_attributes, print_comparison, print_left_out, print_scores
from kyara.cli.supervise import die_with_parent, hand_over, is_after_crash, is_child
from kyara.errors import FusionError, SettingsError
from kyara.evaluation.files import CSV, JSON, PLOTS, plot, write
from kyara.evaluation.labels import Labels
from kyara.evaluation.table import Table
from kyara.fuse import AUTO
from kyara.fuse.policy.policy import Policy
from kyara.fuse.versions import FALLBACK, Versions
from kyara.recipes.evaluating import Evaluation, Gathered, Plan, Told, Wanted, chosen_fusions, gather
from kyara.recipes.evaluating import evaluate as evaluated
from kyara.recipes.labelled import labels_of
from kyara.recipes.run import Job, prepare, source_of
from kyara.scale.inflight import Inflight
from kyara.scale.local import StoppedError
from kyara.settings import load_settings
from kyara.vocabulary import load_vocabulary


def evaluate(
    labels: Annotated[str, typer.Argument(metavar="LABELS", help="Table of samples with a column an attribute.")],
    extractors: Extractors = None,
    detectors: Detectors = None,
    fusion: Annotated[str | None, typer.Option(help="Fusions to judge, by commas. [default: all there are]")] = None,
    ab: Annotated[str | None, typer.Option(metavar="A:B", help="Compare two of those judged, paired.")] = None,
    min_confidence: MinConfidence = None,
    max_risk: MaxRisk = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Resamples behind the 95 % intervals; 0 for none.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
    column: Column = None,
    vocabulary: VocabularyFile = None,
    limit: Limit = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the report. [default: kyara-out/NAME-evaluation]")] = None,
    plots: Annotated[bool, typer.Option("--plots/--no-plots", help="Draw reliability and risk–coverage.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print evaluation.json on stdout, no tables.")] = False,
    config: Config = None,
    cache: Cache = None,
    verbose: Verbose = 0,
) -> None:
    """Judge extractors, strategies and learned fusion on samples whose true attributes are known.

    LABELS is .jsonl, .csv, .tsv or .parquet: the columns kyara extract reads (image, tags, text, key) and one for each
    attribute (or all in `attributes`). Empty is unlabelled, none says that no label applies, a|b are several. Everybody
    is asked once, and all are judged on the same evidence.
    """
    console = Console(stderr=True)
    set_up_logging(console, verbose, False)
    asked: dict[str, Any] = {"extractors": extractors, "detectors": detectors, "min_confidence": min_confidence}
    asked |= {"vocabulary": vocabulary, "limit": limit, "cache": cache, "max_risk": max_risk}
    asked |= {"fusion": AUTO, "ask": "all"}  # everybody is asked, and every fusion judged
    settings = load_settings(config, **asked)
    if not set(settings.extractors) <= NO_PIXELS and not is_child():
        hand_over(sys.argv[1:])
    if is_child():
        die_with_parent()
    source = source_of([labels], [], columns_of(column or []))
    true = labels_of(source, load_vocabulary(settings.vocabulary))
    folder = out or Path("kyara-out") / f"{Path(labels).stem}-evaluation"
    job = prepare(source, settings, workers=1)
    wanted = Wanted(_names(fusion), _policy(console, job), _pair(ab), Plan(bootstrap, seed))
    chosen_fusions(wanted, job.recipe.fuser)
    _print_start(console, job, folder)
    gathered = _gathered(console, job, true, folder)
    with _judging(console) as told:
        found = evaluated(gathered, wanted, told)
    table = found.judged.table
    write(folder, _facts(labels, job, gathered, wanted, true), table, found.comparisons)
    if json:
        sys.stdout.buffer.write((folder / JSON).read_bytes() + b"\n")
    else:
        _print(table, wanted, found)
    print_left_out(console, gathered, table, true.unread)
    _print_end(console, folder, _plotted(console, folder, table) if plots else "", job.missing)


def _names(words: str | None) -> list[str]:
    return [name.strip() for name in (words or "").split(",") if name.strip()]


def _pair(words: str | None) -> tuple[str, str] | tuple[()]:
    if words is None:
        return ()
    a, colon, b = (part.strip() for part in words.partition(":"))
    if not (a and colon and b) or a == b:
        raise SettingsError(f"--ab {words!r} found; write two different names, as average:confidence-weighted")
    return a, b


def _policy(console: Console, job: Job) -> Policy | None:
    """The policy of the version in use, if it has one; why one is not judged is said."""
    vocabulary = job.recipe.fuser.vocabulary
    path = Versions().in_use(vocabulary, job.settings.fusion_version).policy
    try:
        return Policy.load(path, vocabulary.digest) if path else None
    except FusionError as error:
        console.print(f"[yellow]{escape(str(error))}[/]", highlight=False, soft_wrap=True)
        return None


def _gathered(console: Console, job: Job, true: Labels, folder: Path) -> Gathered:
    """Ask everybody, under a progress bar; Ctrl-C ends the command, the cache keeps what was seen."""
    stop = Event()
    inflight = Inflight(folder / "inflight", is_after_crash())
    job.recipe.watched_by(inflight)
    try:
        with stopping(stop, console), watched(console, job.total, False) as watch:
            gathered = gather(job, true, stop, watch)
    except StoppedError:
        console.print("[yellow]stopped.[/] What models saw is in the cache; run the same command again.")
        raise typer.Exit(130) from None
    inflight.finished()
    with suppress(OSError):  # it keeps whoever crashed a process
        (folder / "inflight").rmdir()
    return gathered


@contextmanager
def _judging(console: Console) -> Iterator[Told]:
    """A bar on a terminal, else a line when it takes long."""
    if console.is_terminal:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("judging")
            yield lambda name, done, of: bar.update(task, description=f"judging {name}", completed=done, total=of)
        return
    said = time.perf_counter()

    def line(name: str, done: int, of: int) -> None:
        nonlocal said
        if (now := time.perf_counter()) - said >= LINE_EVERY_S:
            log.info("judging %s, %d of %d", name, done + 1, of)
            said = now

    yield line


def _plotted(console: Console, folder: Path, table: Table) -> str:
    """Where the plots are, or what they need, as the end of the last line."""
    with console.status("drawing plots …"):
        lacking = plot(folder, table)
    return f"; no plots: {lacking}" if lacking else f", plots in {PLOTS}/"


def _facts(labels: str, job: Job, gathered: Gathered, wanted: Wanted, true: Labels) -> dict[str, Any]:
    """What was judged, on what, and how: everything in the report but the scores."""
    labelled, learned = gathered.labelled, gathered.fuser.learned
    return {
        "kyara": __version__,
        "command": sys.argv[1:],
        "labels": labels,
        "vocabulary": gathered.fuser.vocabulary.digest,
        "detectors": dict(job.identity["detectors"]),
        "extractors": {
            one.name: {"version": one.version, "relative_cost": one.cost, **asdict(gathered.prices[one.name])}
            for one in job.recipe.extractors
        },
        "policy": wanted.policy.version if wanted.policy else None,
        "learned": {"version": learned.version, "name": job.settings.fusion_version} if learned else None,
        "min_confidence": job.settings.min_confidence,
        "bootstrap": wanted.plan.bootstrap,
        "seed": wanted.plan.seed,
        "pair": list(wanted.pair) or None,
        "described": gathered.described,
        "skipped": dict(labelled.skipped),
        "unlabelled": labelled.unlabelled,
        "several": labelled.several,
        "faults": {str(row): fault for row, fault in sorted(labelled.faults.items())},
        "unread_columns": true.unread,
    }


def _print_start(console: Console, job: Job, folder: Path) -> None:
    names = ", ".join([*job.identity["detectors"], *(one.name for one in job.recipe.extractors)])
    threads = f"{job.pace.threads} thread{'s' * (job.pace.threads > 1)}"
    threads += f", networks on {job.choice.runtime.label}" if job.choice else ""
    into = f"into [bold]{escape(str(folder))}[/]"
    said = f"judging [bold]{escape(names)}[/] and their fusions on {escape(job.source.name)}, on {threads} {into}"
    console.print(said, highlight=False)
    if job.warning:
        console.print(f"[yellow]{escape(job.warning)}[/]", highlight=False, soft_wrap=True)


def _print(table: Table, wanted: Wanted, found: Evaluation) -> None:
    """The boards; by attribute of what runs use by default where it was judged, else of the last one."""
    console = Console()
    print_scores(console, table)
    names = [row.name for row in table.rows]
    print_attributes(console, table, next((name for name in (AUTO, FALLBACK) if name in names), names[-1]))
    if wanted.pair:
        print_comparison(console, wanted.pair, found.comparisons)


def _print_end(console: Console, folder: Path, plotted: str, missing: Mapping[str, str]) -> None:
    for name, command in missing.items():
        console.print(f"[dim]without {name}: {escape(command)}[/]", highlight=False)
    said = f"everything is in [bold]{escape(str(folder / JSON))}[/], the table in {CSV}{escape(plotted)}"
    console.print(said, highlight=False, soft_wrap=True)
