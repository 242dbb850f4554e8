"""What was run and how it went, in the reader's words: from the folder's identity and its ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kyara.results.folder import ResultFolder

SHORT_VERSION = 8


@dataclass(frozen=True, slots=True)
class RunFacts:
    """`source` as it was named, `extractors` name → version, and further facts in the order they are to be read."""

    source: str
    extractors: Mapping[str, str]
    asked: Mapping[str, str]
    went: Mapping[str, str]


def run_facts(folder: ResultFolder) -> RunFacts:
    """Facts of the run in `folder`; what neither identity nor ledger says is left out. Raises OutputError."""
    identity = folder.identity()
    entries = list(folder.ledger.entries())
    return RunFacts(
        source=str(identity.get("source") or "unnamed source"),
        extractors={str(name): str(version) for name, version in identity.get("extractors", {}).items()},
        asked=dict(_asked(identity)),
        went=dict(_went(entries)),
    )


def _asked(identity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if fusion := identity.get("fusion"):
        yield "Fusion", str(fusion)
    if (least := identity.get("min_confidence")) is not None:
        yield "Decided from", f"{least:.0%}"
    if vocabulary := identity.get("vocabulary"):
        yield "Vocabulary", str(vocabulary)[:SHORT_VERSION]
    if limit := identity.get("limit"):
        yield "Limit", f"first {limit:,}"


def _went(entries: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    runs = [entry for entry in entries if entry["event"] == "run"]
    shards = {entry["shard"]: entry for entry in entries if entry["event"] == "shard"}
    ends = [entry for entry in entries if entry["event"] == "end"]
    if runs:
        yield "Started", _moment(runs[0]["at"])
    if ends:
        yield "Finished", _moment(ends[-1]["at"])
    if len(runs) > 1:
        yield "Taken up again", f"{len(runs) - 1} ×"
    if seconds := sum(entry["seconds"] for entry in shards.values()):
        samples = sum(entry["samples"] for entry in shards.values())
        yield "Time spent", _duration(seconds)
        yield (
            "Rate",
            f"{samples / seconds:,.1f} samples/s" if samples < 1000 * seconds else f"{samples / seconds:,.0f}/s",
        )
    if ends:
        for name, (hits, looks) in ends[-1].get("cache", {}).items():
            yield f"Cache of {name}", f"{hits:,} answered, {looks:,} looked at"
    if runs:
        yield from _host(runs[-1])


def _host(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    host, pace = run.get("host", {}), run.get("pace", {})
    if "kyara" in run:
        yield "Kyara", str(run["kyara"])
    if "system" in host:
        yield "Host", f"{host['system']}, {host.get('cores', '?')} cores"
    if "python" in host:
        yield "Python", str(host["python"])
    if "threads" in pace:
        yield "Pace", f"{pace['threads']} threads × {pace.get('batch_size', '?')} samples"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
