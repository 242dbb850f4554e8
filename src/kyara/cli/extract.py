"""`kyara extract`: parse, prepare, run, and say what came of it and what to do next."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated

import orjson
import typer
from rich.console import Console

from kyara.cli.catalogue import catalogued, ready
from kyara.cli.options import (
    Cache,
    Catalogue,
    Clip,
    Column,
    Config,
    Detectors,
    JsonLogs,
    Limit,
    MaxRisk,
    MinConfidence,
    Verbose,
    VocabularyFile,
)
from kyara.cli.progress import set_up_logging, watched
from kyara.cli.summary import print_start, print_summary
from kyara.cli.supervise import CRASHED, bid_farewell, die_with_parent, hand_over, is_after_crash, is_child
from kyara.cli.table import print_samples
from kyara.errors import SettingsError
from kyara.recipes.run import Job, Result, prepare, run_here, run_into, source_of
from kyara.results.rows import to_row
from kyara.scale.local import StoppedError
from kyara.scale.own_process import settle
from kyara.scale.processes import WorkerDiedError
from kyara.settings import load_settings

FEW = 12  # this many samples are shown right away
NO_PIXELS = {"tags", "text"}


def extract(
    sources: Annotated[list[str] | None, typer.Argument(metavar="SOURCE…", show_default=False)] = None,
    text: Annotated[list[str] | None, typer.Option(help="A description; may be given several times.")] = None,
    out: Annotated[Path | None, typer.Option(help="Result folder. [default: kyara-out/NAME-DIGEST]")] = None,
    extractors: Annotated[
        str | None,
        typer.Option(
            help="By commas: auto, tags, text, builtin, clip, tagger, sentence, nli, vlm, histogram, module:Class."
        ),
    ] = None,
    detectors: Detectors = None,
    clip: Clip = None,
    tagger: Annotated[str | None, typer.Option(help="Hub id or folder of the WD tagger to use.")] = None,
    sentence: Annotated[str | None, typer.Option(help="Hub id or folder of the sentence encoder to use.")] = None,
    nli: Annotated[str | None, typer.Option(help="Hub id or folder of the NLI model to use.")] = None,
    vlm: Annotated[str | None, typer.Option(help="Hub id or folder of the BLIP-2 or chat model to use.")] = None,
    backend: Annotated[str | None, typer.Option(help="openvino, onnxruntime or torch. [default: the fastest]")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, tensorrt:0, coreml. [default: cpu]")] = None,
    precision: Annotated[str | None, typer.Option(help="f32, f16, bf16 or int8. [default: auto]")] = None,
    vocabulary: VocabularyFile = None,
    tag_table: Annotated[
        Path | None, typer.Option(help="CSV name,category,count,aliases: exact tag categories.")
    ] = None,
    fusion: Annotated[
        str | None, typer.Option(help="How evidence is fused. [default: auto: as learned, else confidence-weighted]")
    ] = None,
    ask: Annotated[
        str | None, typer.Option(help="all: everybody; learned: whom the learned policy picks. [default: all]")
    ] = None,
    min_confidence: MinConfidence = None,
    max_risk: MaxRisk = None,
    until_confidence: Annotated[
        float | None, typer.Option(help="Ask the cheap first, dearer ones only about what is less sure than this.")
    ] = None,
    column: Column = None,
    config: Config = None,
    workers: Annotated[int | None, typer.Option(help="Processes. [default: cores for large sources, else 1]")] = None,
    threads: Annotated[
        int | None, typer.Option(help="Batches at once in a process. [default: cores / workers]")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Samples a batch. [default: the extractors']")] = None,
    limit: Limit = None,
    jsonl: Annotated[bool | None, typer.Option("--jsonl", help="Write JSONL parts beside the Parquet ones.")] = None,
    again: Annotated[
        list[str] | None,
        typer.Option(help="Also describe again what is missing, or was skipped for this reason (kyara skips)."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what another run left in --out, redo everything.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON lines on stdout.")] = False,
    cache: Cache = None,
    catalogue: Catalogue = None,
    verbose: Verbose = 0,
    json_logs: JsonLogs = False,
) -> None:
    """Read attributes out of pictures, tags and texts.

    SOURCE is a picture, a folder (with .txt, .caption or .json sidecars), a table (.jsonl, .csv, .parquet, .json), a
    tar or zip of pictures, kohya's dataset TOML, a text file with one description a line, a URL of fsspec, or a dataset
    of the hub (hub:USER/NAME). The same command goes on where it was stopped.
    """
    console = Console(stderr=True)
    set_up_logging(console, verbose, json_logs)
    asked = {
        "extractors": extractors,
        "detectors": detectors,
        "clip": _group(model=clip),
        "tagger": _group(model=tagger),
        "sentence": _group(model=sentence),
        "nli": _group(model=nli),
        "vlm": _group(model=vlm),
        "models": _group(backend=backend, device=device, precision=precision),
        "vocabulary": vocabulary,
        "tag_table": tag_table,
        "fusion": fusion,
        "ask": ask,
        "min_confidence": min_confidence,
        "max_risk": max_risk,
        "until_confidence": until_confidence,
        "workers": workers,
        "threads": threads,
        "batch_size": batch_size,
        "limit": limit,
        "jsonl": jsonl,
        "cache": cache,
        "catalogue": catalogue,
    }
    settings = load_settings(config, **asked)
    if not sources and not text:
        raise SettingsError('nothing to read; give a picture, a folder, a table, or --text "a girl with red hair"')
    if sources and not set(settings.extractors) <= NO_PIXELS and not is_child():
        ready(settings)  # here, where the 25 MB it takes go with this process
        hand_over(sys.argv[1:])
    if is_child():
        die_with_parent()
    job = prepare(source_of(sources or [], text or [], columns_of(column or [])), settings, again=again or ())
    job = replace(job, command=sys.argv[1:], after_crash=is_after_crash())
    if out is None and sources:
        out = default_out(job)
    if out is not None and not is_child():
        ready(settings)
    print_start(console, job, out)
    settle()
    result = run(console, job, out, force, json_logs)
    _print_results(console, result, job.missing, json)
    del job, result  # and with them the networks, whose memory the catalogue takes
    catalogued(console, settings, out)


def run(console: Console, job: Job, out: Path | None, force: bool, json_logs: bool) -> Result:
    """Run `job` under a progress bar; Ctrl-C and a died worker end the command with what to do next."""
    stop = Event()
    try:
        with stopping(stop, console), watched(console, job.total, json_logs) as watch:
            if out is None:
                return run_here(job, stop, watch)
            return run_into(job, out, force, stop, watch)
    except WorkerDiedError as error:
        console.print(f"[yellow]{error}[/]")
        raise typer.Exit(CRASHED) from None
    except StoppedError:
        console.print("[yellow]stopped.[/] What is finished is kept; run the same command again to go on.")
        raise typer.Exit(130) from None


def _print_results(console: Console, result: Result, missing: Mapping[str, str], json: bool) -> None:
    if json:
        for sample, seconds in result.timed():
            sys.stdout.buffer.write(orjson.dumps(to_row(sample, seconds)) + b"\n")
        sys.stdout.flush()
    elif len(result) <= FEW:
        print_samples(Console(), list(result))
    print_summary(console, result, missing)


def default_out(job: Job) -> Path:
    """One folder for every different run, so that the same command goes on and another one disturbs nothing."""
    digest = hashlib.sha256(orjson.dumps(dict(job.identity), option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]
    name = Path(job.source.name.split(", ")[0]).stem or "result"
    return Path("kyara-out") / f"{name}-{digest}"


def _group(**given: str | None) -> dict[str, str] | None:
    """The options of one group of settings that were given."""
    return {name: value for name, value in given.items() if value is not None} or None


def columns_of(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not equals or role not in ("key", "image", "tags", "text") or not name:
            raise SettingsError(f"--column {pair!r} found; write ROLE=NAME with ROLE one of key, image, tags, text")
        columns[role] = name
    return columns


@contextmanager
def stopping(stop: Event, console: Console) -> Iterator[None]:
    """Ctrl-C once: finish the batches in flight. Twice: leave at once, which a run survives as it survives a kill."""

    def ask(number: int, frame: object) -> None:
        if stop.is_set():
            bid_farewell()
            os._exit(130)
        stop.set()
        console.print("[yellow]finishing the batches in flight (Ctrl-C again to stop at once)[/]")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
