"""`kyara cache`: what the cache of raw outputs holds, how often it had an answer, and what shall go from it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import ByteSize, TypeAdapter, ValidationError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.cache.address import CachingSettings
from kyara.cache.built import build_levels
from kyara.cache.pruning import Census, Gone, Plan
from kyara.cache.redis import RedisCache
from kyara.cache.sqlite import SqliteCache
from kyara.errors import CacheError, SettingsError
from kyara.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="What is kept of what models saw, so that no picture is seen twice.")
log = logging.getLogger("kyara.cache")

Cache = Annotated[str | None, typer.Argument(help="A folder, redis://…, or both. [default: that of the settings]")]
Config = Annotated[Path | None, typer.Option(help="Settings file, TOML or YAML.")]
Level = SqliteCache | RedisCache
TOLD = ("entries", "bytes", "hits", "asked", "since", "used")


@app.command()
def stats(
    cache: Cache = None,
    config: Config = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines on stdout, one a cache.")] = False,
) -> None:
    """Say what the cache holds by extractor and version, how often it had an answer, and how large it may grow."""
    caching, levels = _asked(cache, config)
    for level in levels:
        with _said(level):
            counts = level.census() if _is_there(level) else ()
            held, most, how = _size(level, caching)
        if json:
            kinds = [{**one.kind._asdict(), **{name: getattr(one, name) for name in TOLD}} for one in counts]
            told = {"cache": level.name, "bytes": held, "most_bytes": most, "kinds": kinds}
            sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
            continue
        console = Console()
        console.print(f"[bold]{escape(level.name)}[/]: {_bytes(held)} {how}", highlight=False, soft_wrap=True)
        console.print(_table(counts) if counts else "nothing is kept there yet", highlight=False)


@app.command()
def prune(
    cache: Cache = None,
    older_than: Annotated[str | None, typer.Option(help="What was not used for so long, as 30d or 8w.")] = None,
    extractor: Annotated[
        str | None, typer.Option(help="Only what this one saw (the names of kyara cache stats).")
    ] = None,
    to: Annotated[str | None, typer.Option(help="The least recently used, until so much is left, as 5GB.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    config: Config = None,
) -> None:
    """Remove entries, give their room back to the disk, and start damaged files anew.

    Without an option the cache is brought down to the limit of the settings (caching.max_bytes).
    """
    caching, levels = _asked(cache, config)
    if everything and (older_than or extractor or to):
        raise SettingsError("--all is everything; leave it out to remove what the other options name")
    to_bytes = _read_bytes(to) if to else None
    if not (older_than or extractor or to or everything):
        to_bytes = int(caching.max_bytes)
    plan = Plan(_read_days(older_than) if older_than else None, extractor, to_bytes)
    console = Console()
    for level in levels:
        if plan.to_bytes is not None and isinstance(level, RedisCache):
            said = "left as it is; a Redis server minds its size itself (maxmemory, docs/cache.md)"
        elif not _is_there(level):
            said = "nothing is kept there yet"
        else:
            with _said(level):
                gone = level.prune(plan, dry_run)
            said = _summary(gone, dry_run)
        console.print(f"[bold]{escape(level.name)}[/]: {said}", highlight=False, soft_wrap=True)


def _asked(cache: str | None, config: Path | None) -> tuple[CachingSettings, list[Level]]:
    log.setLevel(logging.CRITICAL)  # what is wrong is said as an error here
    settings = load_settings(config, cache=cache)
    levels = build_levels(settings.cache, settings.caching)
    if not levels:
        raise SettingsError("there is no cache (cache = none); name a folder or a redis:// address")
    return settings.caching, levels


@contextmanager
def _said(level: Level) -> Iterator[None]:
    """What fails within is an error in the end. Raises CacheError."""
    yield
    faults = level.faults() if _is_there(level) else ()
    level.close()
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        advice = "is the server running?" if isinstance(level, RedisCache) else "`kyara cache prune` starts it anew"
        raise CacheError(f"cache {level.name}: {faults[0]}{more}; {advice}")


def _is_there(level: Level) -> bool:
    return isinstance(level, RedisCache) or level.path.exists()


def _size(level: Level, caching: CachingSettings) -> tuple[int, int, str]:
    """Bytes it holds, bytes it may hold (0: nobody says), and both in words."""
    if isinstance(level, SqliteCache):
        most = int(caching.max_bytes)
        return level.size(), most, f"of at most {_bytes(most)}, in {len(level.shards)} files"
    held, most, policy = level.limits()
    bound = f"of at most {_bytes(most)}" if most else "with no limit (set maxmemory)"
    return held, most, f"{bound}, {policy}, whatever else is on this server included"


def _table(kinds: tuple[Census, ...]) -> Table:
    words = Column("extractor", overflow="fold"), Column("version", overflow="fold")
    numbers = (Column(name, justify="right", no_wrap=True) for name in ("entries", "bytes", "answered", "of"))
    days = (Column(name, no_wrap=True) for name in ("since", "last used"))
    table = Table(*words, *numbers, *days, box=box.SIMPLE_HEAD, pad_edge=False)
    for one in kinds:
        name, version = escape(one.kind.name), escape(one.kind.version)
        share, asked = (f"{one.hits / one.asked:.0%}", f"{one.asked:,}") if one.asked else ("", "")
        table.add_row(
            name, version, f"{one.entries:,}", _bytes(one.bytes), share, asked, _day(one.since), _day(one.used)
        )
    return table


def _summary(gone: Gone, dry_run: bool) -> str:
    verb = "would remove" if dry_run else "removed"
    lines = [f"{verb} {gone.entries:,} entries ({_bytes(gone.bytes)})"]
    lines += [f"  [yellow]started anew: {escape(file)}[/]" for file in gone.damaged]
    return "\n".join(lines)


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}" if at else ""


def _bytes(count: int) -> str:
    return ByteSize(count).human_readable(decimal=True, separator=" ")


def _read_bytes(text: str) -> int:
    try:
        return int(TypeAdapter(ByteSize).validate_python(text))
    except ValidationError:
        raise SettingsError(f"--to {text!r} found; write a size as 5GB or 800MB") from None


def _read_days(text: str) -> int:
    found = re.fullmatch(r"(\d+)([dw])", text.strip())
    if found is None:
        raise SettingsError(f"--older-than {text!r} found; write days or weeks as 30d or 8w")
    return int(found[1]) * (7 if found[2] == "w" else 1)
