"""`kyara doctor`: what this installation can do, and what would make it do more."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from kyara import __version__
from kyara.cache import SqliteCache
from kyara.extras import EXTRAS, has, install_line
from kyara.settings import load_settings
from kyara.vocabulary import load_vocabulary

_PACKAGES = ("numpy", "pillow", "pyarrow", "orjson", "rapidfuzz", "typer", "rich", "pydantic-settings")


def doctor() -> None:
    """Check the installation, the settings, the vocabulary and the cache."""
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
    table.add_row("cache", _cache(str(settings.cache)))
    table.add_row("packages", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    for module, extra in EXTRAS.items():
        state = "[green]installed[/]" if has(module) else f"not installed: {install_line(module)}".replace("[", r"\[")
        table.add_row(f"extra {extra}", state)
    console.print(table, highlight=False)


def _cache(path: str) -> str:
    if path == "none":
        return "none"
    store = SqliteCache(Path(path))
    usable = store.usable
    store.close()
    size = Path(path).stat().st_size if Path(path).exists() else 0
    return f"{path} ({size / 1e6:.1f} MB)" if usable else f"[red]{path} cannot be used; delete it to start anew[/]"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
