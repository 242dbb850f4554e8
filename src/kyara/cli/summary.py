"""The first and the last lines of a run: what is asked of whom, what came of it, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kyara.fuse import AUTO, LEARNED
from kyara.fuse.versions import FALLBACK
from kyara.recipes.run import Job, Result


def print_start(console: Console, job: Job, out: Path | None) -> None:
    """Which extractors read which source, by which fusion, on how many threads."""
    finders = [finder.detector.name for finder in job.recipe.finders]
    names = escape(", ".join([*finders, *(extractor.name for extractor in job.recipe.extractors)]))
    many = job.pace.workers > 1
    threads = f"{job.pace.workers} processes" if many else f"{job.pace.threads} thread{'s' * (job.pace.threads > 1)}"
    threads += f", networks on {job.choice.runtime.label}" if job.choice else ""
    where = f" into [bold]{escape(str(out))}[/]" if out else ""
    console.print(
        f"reading {escape(job.source.name)} with [bold]{names}[/], fused {_fusion(job)}, on {threads}{where}",
        highlight=False,
    )
    if job.warning:
        console.print(f"[yellow]{escape(job.warning)}[/]", highlight=False, soft_wrap=True)
    for hint in job.choice.hints if job.choice else ():
        console.print(f"[dim]hint: {escape(hint)}[/]", highlight=False)
    if job.missing:
        stand_in = "the small networks that come with Kyara stand in for" if "builtin" in names else "going on without"
        console.print(f"[dim]{stand_in} {', '.join(job.missing)} (kyara models list)[/]", highlight=False)


def print_summary(console: Console, result: Result, missing: Mapping[str, str] | None = None) -> None:
    """Counts, skips by reason, coverage by attribute, speed, cache, and the next step."""
    tally = result.tally
    skipped = sum(tally.skips.values())
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("samples", f"{tally.samples:,} in, {tally.samples - skipped:,} described, {skipped:,} skipped")
    for reason, count in tally.skips.most_common():
        table.add_row("", f"[red]{count:,} {reason.replace('_', ' ')}[/]")
    for missed, count in tally.missed.most_common():
        step, _, reason = missed.rpartition(" ")
        table.add_row("", f"[yellow]{count:,} without {escape(step)}: {reason.replace('_', ' ')}[/]")
    table.add_row("characters", f"{tally.sightings:,}")
    shares = [f"{name.replace('_', ' ')} {n / tally.sightings:.0%}" for name, n in tally.decided.most_common()]
    table.add_row("decided", ", ".join(shares) or "nothing")
    for name, rate in tally.hit_rates.items():
        hits, looks = tally.cache[name]
        table.add_row("pixels", f"{name}: {looks:,} looked at, {hits:,} from the cache ({rate:.0%})")
    for fault, count in tally.lost.most_common():
        if count:
            table.add_row("cache", f"[yellow]{escape(fault)}: {count:,} entries not read or not kept[/]")
    for name, (asked, spared) in tally.order.items():
        if spared:
            share = spared / (asked + spared)
            table.add_row("order", f"{name}: asked about {asked:,} characters, spared {spared:,} ({share:.0%})")
    if result.folder is not None and (copies := pq.read_metadata(result.folder.duplicates).num_rows):
        table.add_row("duplicates", f"{copies:,} with the bytes of an earlier one (duplicates.parquet)")
    if tally.hit_rates:  # there were pictures
        for name, command in (missing or {}).items():
            table.add_row("", f"[dim]without {name}: {escape(command)}[/]")
    table.add_row("time", _speed(result))
    console.print(table, highlight=False)
    if result.folder is not None:
        path = escape(str(result.folder.path))
        more = f"; kyara skips {path} for the reasons" if skipped or tally.missed else ""
        more += " (--retry tries them again)" if tally.missed else ""
        console.print(f"next: [bold]kyara show {path}[/]{more}", highlight=False, soft_wrap=True)


def _fusion(job: Job) -> str:
    """By which strategy, and which version of what was learned."""
    strategy, learned = job.settings.fusion, job.recipe.fuser.learned
    if strategy == AUTO and learned is None:
        return FALLBACK
    if learned is None or strategy not in (AUTO, *LEARNED):
        return strategy
    return f"as learned ({job.settings.fusion_version})" if strategy == AUTO else f"{strategy} ({learned.version})"


def _speed(result: Result) -> str:
    tally = result.tally
    fresh = tally.samples - tally.passed
    rate = f", {fresh / tally.seconds:,.0f}/s" if tally.seconds > 0 and fresh else ""
    passed = f" ({tally.passed:,} were done before)" if tally.passed else ""
    return f"{tally.seconds:.1f} s{rate}{passed}"
