"""`kyara doctor`: what this installation can do, and what would make it do more."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kyara import __version__
from kyara.cache.address import NO_CACHE
from kyara.cache.built import build_levels
from kyara.cache.sqlite import SqliteCache
from kyara.errors import WeightsError
from kyara.extras import EXTRAS, has, install_line
from kyara.settings import ModelSettings, Settings, load_settings
from kyara.vocabulary import load_vocabulary
from kyara.weights import probe, stored
from kyara.weights.choose import choose
from kyara.weights.quantise import everything_int8

_PACKAGES = ("numpy", "pillow", "pyarrow", "orjson", "rapidfuzz", "typer", "rich", "pydantic-settings")


def doctor() -> None:
    """Check the installation, the settings, the vocabulary, the cache, and what networks run on."""
    console = Console()
    settings = load_settings()
    vocabulary = load_vocabulary(settings.vocabulary)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("kyara", f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    table.add_row("cores", str(os.cpu_count()))
    table.add_row("vocabulary", f"{len(vocabulary.attributes)} attributes, digest {vocabulary.digest}")
    table.add_row("fusion", f"{settings.fusion}, decided from {settings.min_confidence}")
    for line in _cache(settings):
        table.add_row("cache", line)
    _models(table, settings.models, settings.threads)
    table.add_row("packages", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    for extra in dict.fromkeys(EXTRAS.values()):
        missing = [module for module, brings in EXTRAS.items() if brings == extra and not has(module)]
        lacking = f"{', '.join(missing)} not installed: {install_line(missing[0])}" if missing else ""
        table.add_row(f"extra {extra}", escape(lacking) or "[green]installed[/]")
    console.print(table, highlight=False)


def _models(table: Table, wanted: ModelSettings, threads: int | None) -> None:
    """What networks would run on, why, and which are here."""
    versions = probe.versions()
    devices = (f"{name} {versions[name]} ({', '.join(there)})" for name, there in probe.backends().items())
    table.add_row("cpu", escape(f"{probe.cpu()} ({', '.join(probe.flags()) or 'no flags known'})"))
    table.add_row("backends", ", ".join(devices) or "[red]none; pip install onnxruntime[/]")
    try:
        choice = choose(wanted, [], threads or os.cpu_count() or 1, 1)
    except WeightsError as error:
        table.add_row("networks run on", f"[red]{escape(str(error))}[/]")
    else:
        measured = ", ".join(f"{label} {rate:g}" for label, rate in choice.rates.items())
        table.add_row("networks run on", escape(f"{choice.runtime.label}: {choice.reason}"))
        table.add_row("", escape(f"measured, passes of a ViT block a second: {measured}"))
        for hint in choice.hints:
            table.add_row("", f"[yellow]{escape(hint)}[/]")
    here = [f"{one.name} at {one.revision[:12]}" for one in stored.everything(wanted.folder)]
    table.add_row("models here", escape(", ".join(here)) or "none; `kyara models list` says which there are")
    if quantised := [one.source for one in everything_int8(wanted.folder)]:
        table.add_row("of these as int8", escape(", ".join(quantised)))


def _cache(settings: Settings) -> Iterator[str]:
    """Where raw outputs are kept, and whether that works."""
    logging.getLogger("kyara.cache").setLevel(logging.ERROR)  # it is said here
    for level in build_levels(settings.cache, settings.caching):
        name, faults = escape(level.name), level.faults()
        size = level.size() if isinstance(level, SqliteCache) else level.limits()[0]
        yield f"[red]{name} cannot be used: {escape(faults[0])}[/]" if faults else f"{name} ({size / 1e6:.1f} MB)"
        level.close()
    if settings.cache == NO_CACHE:
        yield NO_CACHE


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
