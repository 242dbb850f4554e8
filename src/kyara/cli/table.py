"""Described samples as a table a person wants to read, and one sample in full with the trail of every value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kyara.records import Evidence, Sample, Sighting, Value

# Which attributes stand in which column; anything a user's vocabulary adds goes to "more".
COLUMNS = {
    "person": ("gender", "age", "ethnicity", "body_type"),
    "hair": ("hair_color", "hair_length", "hair_style"),
    "eyes": ("eye_color",),
    "face": ("expression",),
    "wears": ("dress", "accessories"),
}
_PLACED = {attribute for attributes in COLUMNS.values() for attribute in attributes}


def print_samples(console: Console, samples: Iterable[Sample]) -> None:
    """One row per character; undecided values dim with a question mark, skips in red."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("sample", overflow="fold", ratio=3)
    for column in COLUMNS:
        table.add_column(column, ratio=3)
    table.add_column("more", ratio=2)
    more = False
    for sample in samples:
        for row in _rows(sample):
            more |= bool(row[-1])
            table.add_row(*row)
    if not more:
        table.columns.pop()
    console.print(table)


def _rows(sample: Sample) -> list[list[str]]:
    if sample.skip is not None:
        said = f"[red]skipped: {sample.skip.reason.value}[/] {escape(sample.skip.detail)}"
        return [[_name(sample), said, *[""] * len(COLUMNS)]]
    rows = []
    for number, sighting in enumerate(sample.sightings or (Sighting(),)):
        name = _name(sample) if number == 0 else ""
        who = ", ".join(filter(None, (sighting.identity and f"is {sighting.identity}", *sighting.hints)))
        if who:
            name += ("\n" if name else "") + f"[cyan]{escape(who)}[/]"
        rows.append([name, *(_cell(sighting, names) for names in COLUMNS.values()), _rest(sighting)])
    return rows


def _name(sample: Sample) -> str:
    text = sample.text if sample.width is None and sample.text else sample.key
    return escape(text if len(text) <= 60 else text[:57] + "…")


def _cell(sighting: Sighting, names: Sequence[str]) -> str:
    values = [value for name in names if (value := sighting.value(name)) is not None]
    return "\n".join(short for value in values if (short := _short(value)))


def _rest(sighting: Sighting) -> str:
    values = [value for value in sighting.values if value.attribute not in _PLACED]
    return "\n".join(f"{value.attribute}: {_short(value)}" for value in values)


def _short(value: Value) -> str:
    labels = escape(", ".join(label.replace("_", " ") for label in value.labels))
    if not labels:  # decided: everything asked about is denied; undecided: nothing to say
        denied = ", ".join(label.replace("_", " ") for label, _ in value.scores)
        return f"[dim]no {escape(denied)} {value.confidence:.2f}[/]" if value.decided else ""
    if not value.decided:
        return f"[dim]{labels}? {value.confidence:.2f}[/]"
    colour = "green" if value.confidence >= 0.9 else "yellow" if value.confidence < 0.7 else "default"
    return f"{labels} [{colour}]{value.confidence:.2f}[/]"


def print_side_by_side(console: Console, samples: Iterable[Sample], most: int = 8) -> None:
    """What every extractor said where two of them disagree on a one-of attribute, and what fusion made of it."""
    found = [row for sample in samples for sighting in sample.sightings for row in _disputed(sample, sighting)]
    if not found:
        return
    who = list(dict.fromkeys(evidence.extractor for _, _, said, _ in found for evidence in said))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", title_justify="left")
    table.title = f"where they disagree ({min(most, len(found))} of {len(found)})"
    for column in ("sample", "of", *who, "together"):
        table.add_column(column, overflow="fold")
    for sample, sighting, said, value in found[:most]:
        by_name = {evidence.extractor: _first(evidence) for evidence in said}
        head = f"\n[dim]{_box(sighting.head)}[/]" if sighting.head else ""
        words = [by_name.get(name, "") for name in who]
        table.add_row(_name(sample) + head, value.attribute.replace("_", " "), *words, _short(value))
    console.print(table)


def _disputed(sample: Sample, sighting: Sighting) -> Iterator[tuple[Sample, Sighting, list[Evidence], Value]]:
    for value in sighting.values:
        said = [e for e in sighting.evidence if e.attribute == value.attribute and e.scores]
        if value.against and len({evidence.scores[0][0] for evidence in said}) > 1:
            yield sample, sighting, said, value


def _first(evidence: Evidence) -> str:
    label, p = evidence.scores[0]
    return f"{escape(label.replace('_', ' '))} {p:.2f}"


def print_in_full(console: Console, sample: Sample) -> None:
    """Everything known of one sample: every value with the evidence it rests on and what spoke against it."""
    size = f", {sample.width} × {sample.height}" if sample.width else ""
    console.print(f"[bold]{escape(sample.key)}[/]  {escape(sample.uri)}{size}", highlight=False)
    for label, content in (("tags", sample.tags), ("text", sample.text)):
        if content:
            console.print(f"  [dim]{label}[/] {escape(content)}", highlight=False)
    for note in sample.notes:
        console.print(f"  [yellow]{note.kind.value.replace('_', ' ')}[/] {escape(note.detail)}", highlight=False)
    if sample.skip:
        skip = sample.skip
        console.print(f"  [red]skipped at {skip.step}: {skip.reason.value}[/] {escape(skip.detail)}", highlight=False)
    for number, sighting in enumerate(sample.sightings, 1):
        _print_sighting(console, number, sighting)


def _print_sighting(console: Console, number: int, sighting: Sighting) -> None:
    where = f" head {_box(sighting.head)}" if sighting.head else ""
    who = f" [cyan]{escape(', '.join(sighting.hints))}[/]" if sighting.hints else ""
    who = f" [bold cyan]{escape(sighting.identity)}[/]{who}" if sighting.identity else who
    console.print(f"\n[bold]character {number}[/]{who}[dim]{where}[/]", highlight=False)
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for value in sighting.values:
        rests = [_trail(e) for e in sighting.evidence if e.attribute == value.attribute]
        table.add_row(value.attribute.replace("_", " "), _short(value), "\n".join(rests))
    console.print(table)


def _trail(evidence: Evidence) -> str:
    scores = ", ".join(f"{label.replace('_', ' ')} {p:.2f}" for label, p in evidence.scores[:4])
    span = f" [dim]← {escape(', '.join(evidence.span))}[/]" if evidence.span else ""
    return f"{evidence.extractor}: {escape(scores)}{span}"


def _box(corners: Sequence[float]) -> str:
    return "(" + ", ".join(f"{corner:.0f}" for corner in corners) + ")"
