"""`kyara review`: a person's decisions on values and identities: made, previewed, taken back, listed, exported.

What to decide next is in review_next.py.
"""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kyara.cli.options import Catalogue, catalogue_at
from kyara.cli.review_next import asked_next
from kyara.errors import SettingsError

if TYPE_CHECKING:
    from kyara.catalogue.review import Answer, Decision

app = typer.Typer(no_args_is_help=True, help="Correct what the machine said; its word is kept beside yours.")
app.command("next")(asked_next)


@app.command("set")
def decide(
    what: Annotated[str, typer.Argument(metavar="ID|QUERY", help="A sighting's number, or a query of kyara find.")],
    answer: Annotated[str, typer.Argument(help="hair_color=pink, accessories=hat,ring, identity='Rei', age=none")],
    who: Annotated[str | None, typer.Option(help="Who decides. [default: the user's name]")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would be replaced.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    catalogue: Catalogue = None,
) -> None:
    """Decide a value or an identity, of one sighting or of all that a query finds; none means that nothing applies."""
    from kyara.catalogue import opened  # other commands need no database
    from kyara.catalogue.query import found
    from kyara.catalogue.review import decide as decided
    from kyara.catalogue.review import preview as previewed
    from kyara.catalogue.review import verdict

    console = Console()
    attribute, labels = _answer(answer)
    with opened(catalogue_at(catalogue)) as there:
        given = verdict(there, attribute, labels)
        numbers = found(there, f"number={what}" if what.isdigit() else what)
        if not numbers:
            raise SettingsError(f"{what!r} finds nobody to decide on; kyara find shows whom a query finds")
        if preview or not yes:
            _print_preview(console, given.attribute, given.answer, previewed(there, numbers, given))
        if preview or not (yes or len(numbers) == 1 or typer.confirm(f"decide this of {len(numbers):,} sightings?")):
            return
        count = decided(there, numbers, given, who or getpass.getuser())
    console.print(f"{count:,} decided; kyara review undo takes it back", highlight=False)


@app.command("undo")
def undo(
    decisions: Annotated[list[int] | None, typer.Argument(help="Numbers of kyara review list. [default: last]")] = None,
    catalogue: Catalogue = None,
) -> None:
    """Take decisions back: those numbered, or the last that were made at once."""
    from kyara.catalogue import opened
    from kyara.catalogue.review import undo as undone

    with opened(catalogue_at(catalogue)) as there:
        taken = undone(there, decisions or None)
    what = Counter(f"{one.attribute}={_said(one.answer)}" for one in taken)
    told = ", ".join(f"{escape(name)} of {count:,}" for name, count in what.items())
    Console().print(f"taken back: {told}" if taken else "no decision stands", highlight=False)


@app.command("list")
def listed(
    limit: Annotated[int, typer.Option(min=1, help="How many, the last ones.")] = 30, catalogue: Catalogue = None
) -> None:
    """List the last decisions."""
    from collections import deque

    from kyara.catalogue import opened
    from kyara.catalogue.review import decisions

    with opened(catalogue_at(catalogue)) as there:
        last = deque(decisions(there, undone=True), maxlen=limit)
    table = Table("", "picture", "decided", "before", "who", "when", box=box.SIMPLE_HEAD, pad_edge=False)
    for one in last:
        style = "dim strike" if one.undone_at else ""
        decided = f"{one.attribute} = {_said(one.answer)}"
        where = f"{one.key or one.content[:12]} #{one.position + 1}"
        cells = (str(one.number), where, decided, _said(one.before), one.who, _when(one.at))
        table.add_row(*map(escape, cells), style=style)
    Console().print(table if last else "no decisions yet; kyara review set makes one")


@app.command("export")
def export(
    out: Annotated[Path | None, typer.Argument(help="JSONL file. [default: stdout]")] = None,
    undone: Annotated[bool, typer.Option("--undone", help="Also what was taken back.")] = False,
    catalogue: Catalogue = None,
) -> None:
    """Write decisions as JSON lines: picture, box, what the machine said, what a person says, who and when."""
    from kyara.catalogue import opened
    from kyara.catalogue.review import decisions
    from kyara.results.atomic import write_atomically

    with opened(catalogue_at(catalogue)) as there:
        lines = [orjson.dumps(_row(one)) + b"\n" for one in decisions(there, undone)]
    if out is None:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.flush()
        return
    write_atomically(out, lambda temporary: _write(temporary, lines))
    Console(stderr=True).print(f"{len(lines):,} decisions written to {escape(str(out))}", highlight=False)


def _write(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(lines))


def _answer(text: str) -> tuple[str, list[str]]:
    attribute, equals, said = text.partition("=")
    if not equals or not said.strip():
        raise SettingsError(f"{text!r} is no answer; write hair_color=pink, or hair_color=none where nothing applies")
    if attribute.strip() == "identity":
        labels = [said.strip()]
    else:
        labels = [label.strip() for label in said.split(",") if label.strip()]
    return attribute.strip(), [] if [label.lower() for label in labels] == ["none"] else labels


def _print_preview(console: Console, attribute: str, answer: Answer, before: Counter[tuple[str, ...]]) -> None:
    table = Table(attribute.replace("_", " ") + " now", "then", "sightings", box=box.SIMPLE_HEAD, pad_edge=False)
    for said, count in before.most_common(12):
        table.add_row(escape(_said(list(said))), escape(_said(answer)), f"{count:,}")
    console.print(table)
    if len(before) > 12:
        console.print(f"[dim]and {len(before) - 12} more[/]", highlight=False)


def _said(answer: Answer) -> str:
    return answer if isinstance(answer, str) else ", ".join(answer or ()) or "none"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _row(one: Decision) -> dict[str, Any]:
    row = asdict(one) | {"at": _when(one.at), "undone_at": None if one.undone_at is None else _when(one.undone_at)}
    return {("id" if name == "content" else name): said for name, said in row.items()}
