"""`kyara review next`: which answers a person should look at first, with who said what, and why these."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kyara.cli.options import Catalogue, catalogue_at

if TYPE_CHECKING:
    from kyara.recipes.reviewing import Asked
    from kyara.records import Evidence

TOLD = 3  # labels that are shown of what an extractor said


def asked_next(
    query: Annotated[str | None, typer.Argument(help="Only among what this query of kyara find finds.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="Only answers of this attribute; may be given again. [default: all]")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="One JSON line an answer, the most worth first.")] = False,
    catalogue: Catalogue = None,
) -> None:
    """Show which answers are most worth a look: unsure, disputed, standing for many, and no two alike."""
    from kyara.catalogue import opened  # other commands need no database
    from kyara.recipes.reviewing import next_asked

    with opened(catalogue_at(catalogue)) as there, Console(stderr=True).status("looking …") as status:
        asked = next_asked(
            there, query, attribute or (), limit, lambda done, total: status.update(f"reading … {done:,} of {total:,}")
        )
    if json:
        sys.stdout.buffer.writelines(orjson.dumps(_row(one, catalogue)) + b"\n" for one in asked)
        sys.stdout.flush()
    elif asked:
        _print(Console(), asked, catalogue)
    else:
        Console().print("nothing is unsure here that nobody has decided; kyara stats shows how sure all is")


def _print(console: Console, asked: list[Asked], catalogue: str | None) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("number", justify="right")
    table.add_column("picture", overflow="fold", ratio=2)
    table.add_column("attribute")
    table.add_column("answer")
    table.add_column("who says what", overflow="fold", ratio=3)
    for why in ("uncertain", "disagree", "common"):
        table.add_column(why, justify="right")
    for one in asked:
        said = "\n".join(map(_told, one.evidence))
        answer = f"{_plain(', '.join(one.value.labels))}{'' if one.value.decided else '?'} {one.value.confidence:.2f}"
        reasons = (f"{one.doubt.uncertain:.2f}", f"{one.doubt.disagree:.2f}", f"{one.common:,}")
        table.add_row(str(one.number), escape(_picture(one)), _plain(one.value.attribute), answer, said, *reasons)
    console.print(table)
    console.print("decide the first, with this or another answer, or with none where nothing applies:")
    console.print(f"  {escape(_command(asked[0], catalogue))}", highlight=False, soft_wrap=True)


def _plain(name: str) -> str:
    return escape(name.replace("_", " "))


def _told(evidence: Evidence) -> str:
    said = ", ".join(f"{label.replace('_', ' ')} {p:.2f}" for label, p in evidence.scores[:TOLD])
    return f"{escape(evidence.extractor)}: {escape(said)}"


def _picture(one: Asked) -> str:
    sample = one.sample
    called = sample.text if sample.width is None and sample.text else sample.key
    return called if len(called) <= 60 else called[:59] + "…"


def _command(one: Asked, catalogue: str | None) -> str:
    """What decides that the machine is right."""
    elsewhere = ["--catalogue", catalogue] if catalogue else []
    answer = f"{one.value.attribute}={','.join(one.value.labels)}"
    return shlex.join(["kyara", "review", "set", str(one.number), answer, *elsewhere])


def _row(one: Asked, catalogue: str | None) -> dict[str, Any]:
    sample, value = one.sample, one.value
    seen = sample.sightings[0]
    return {
        "sighting": one.number,
        "attribute": value.attribute,
        "labels": value.labels,
        "confidence": value.confidence,
        "decided": value.decided,
        "uncertain": round(one.doubt.uncertain, 4),
        "disagree": round(one.doubt.disagree, 4),
        "common": one.common,
        "gain": round(one.gain, 4),
        "evidence": [{"extractor": e.extractor, "scores": dict(e.scores), "span": e.span} for e in one.evidence],
        "key": sample.key,
        "id": sample.id,
        "uri": sample.uri,
        "head": seen.head,
        "body": seen.body,
        "decide": _command(one, catalogue),
    }
