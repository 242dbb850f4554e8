"""An evaluation at a terminal: who scored what, who is best at which attribute, A against B, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.evaluation import table as evaluated
from kyara.evaluation.bootstrap import Score
from kyara.evaluation.comparing import Arm, Comparison
from kyara.evaluation.scores import METRICS, REACHABLE
from kyara.evaluation.table import ALL, Cost
from kyara.recipes.evaluating import Gathered

HEADS = {
    "accuracy": "accuracy",
    "selective": "selective",
    "macro_f1": "macro-F1",
    "coverage": "coverage",
    "ece": "ECE",
    "aurc": "AURC",
}
PLURALS = {"extractor": "alone", "strategy": "fused", "learned": "learned"}
LIKELY_CHANCE = 0.05


def print_scores(console: Console, table: evaluated.Table) -> None:
    """The table over all attributes; below each score its interval, the best of a column bold."""
    heads = dict(HEADS)
    if table.max_risk is not None:
        heads[REACHABLE] = f"risk ≤ {table.max_risk:g}"
    columns = [Column(head, justify="right", no_wrap=True) for head in (*heads.values(), "calls", "s/sample")]
    board = _board("all attributes", Column("", no_wrap=True), *columns)
    best = {metric: table.best(ALL, metric) for metric in heads}
    kind = ""
    for row in table.rows:
        if row.kind != kind:
            kind = row.kind
            board.add_section()
        cells = [_cell(row.cells[ALL].scores[metric], row.name in best[metric]) for metric in heads]
        board.add_row(f"{escape(row.name)}\n[dim]{PLURALS.get(kind, kind)}[/]", *cells, *_cost(row.cost))
    console.print(board, highlight=False)


def print_attributes(console: Console, table: evaluated.Table, name: str) -> None:
    """How `name` fares on each attribute, and who is the most accurate there, of extractors alone and of all."""
    heads = [Column(head, justify="right", no_wrap=True) for head in ("n", *HEADS.values())]
    others = Column("best alone", no_wrap=True), Column("best of all", no_wrap=True)
    board = _board(f"{escape(name)}, by attribute", Column("", no_wrap=True), *heads, *others)
    for attribute in table.attributes:
        cell = table[name].cells[attribute]
        scores = [_number(cell.scores[metric].value) for metric in METRICS]
        alone = _best(table, attribute, alone=True)
        board.add_row(_plain(attribute), f"{cell.labelled:,}", *scores, alone, _best(table, attribute, alone=False))
    console.print(board, highlight=False)


def print_comparison(console: Console, pair: tuple[str, str], comparisons: Mapping[str, Comparison]) -> None:
    """A against B on the same samples, over all and by attribute, and each arm on its own half."""
    a, b = map(escape, pair)
    heads = ("n", a, b, "difference", "only A", "only B", "p")
    board = _board(f"A {a} against B {b}, on the same samples", *[Column("", no_wrap=True)])
    for head in heads:
        board.add_column(head, justify="right", no_wrap=True)
    for name, one in comparisons.items():
        low, high = one.difference.low, one.difference.high
        interval = f" [dim]{low:+.3f} … {high:+.3f}[/]" if low is not None and high is not None else ""
        difference = f"{one.difference.value or 0.0:+.3f}{interval}"
        p = f"[bold]{one.p:.3g}[/]" if one.p < LIKELY_CHANCE else f"{one.p:.3g}"
        scores = f"{one.a:.3f}", f"{one.b:.3f}"
        board.add_row(_plain(name), f"{one.labelled:,}", *scores, difference, f"{one.only_a:,}", f"{one.only_b:,}", p)
    console.print(board, highlight=False)
    whole = comparisons[ALL]
    console.print(f"each on its own half: A {_arm(whole.arm_a)}, B {_arm(whole.arm_b)}", highlight=False)


def print_left_out(console: Console, gathered: Gathered, table: evaluated.Table, unread: Mapping[str, str]) -> None:
    """What was judged and what was not, and why."""
    labelled = gathered.labelled
    labels = sum(table.rows[0].cells[name].labelled for name in table.attributes)
    said = [f"judged on {labels:,} labels of {table.samples:,} samples"]
    if labelled.unlabelled:
        said.append(f"{labelled.unlabelled:,} samples have no label")
    console.print("; ".join(said), highlight=False)
    for reason, count in labelled.skipped.most_common():
        console.print(f"[red]{count:,} labelled samples not judged: {reason.replace('_', ' ')}[/]", highlight=False)
    if labelled.faults:
        number, fault = next(iter(sorted(labelled.faults.items())))
        more = f"[yellow]{len(labelled.faults):,} faulty rows left out[/], the first is row {number}: {escape(fault)}"
        console.print(more, highlight=False, soft_wrap=True)
    if labelled.several:
        several = f"{labelled.several:,} samples show several characters but label one: the largest was judged"
        console.print(f"[yellow]{several}[/]", highlight=False)
    for column, near in unread.items():
        console.print(f"[yellow]column {escape(column)!r} was not read; did you mean {near!r}?[/]", highlight=False)
    if cached := [name for name, price in gathered.prices.items() if price.seconds is None and price.hits]:
        names = escape(", ".join(cached))
        console.print(f"[dim]{names}: all from the cache, so no seconds; --cache none measures them[/]")


def _board(title: str, *columns: Column) -> Table:
    board = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    board.title, board.title_justify, board.title_style = title, "left", "bold"
    return board


def _cell(score: Score, best: bool) -> str:
    value = f"[bold]{_number(score.value)}[/]" if best else _number(score.value)
    if score.low is None or score.high is None:
        return f"{value}\n"
    return f"{value}\n[dim]{_short(score.low)}–{_short(score.high)}[/]"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _short(value: float) -> str:
    return "1" if value > 0.9995 else f"{value:.3f}".removeprefix("0")


def _cost(cost: Cost) -> tuple[str, str]:
    seconds = "–" if cost.seconds is None else f"{cost.seconds:.2g}" if cost.seconds >= 1e-3 else f"{cost.seconds:.0e}"
    return "–" if cost.calls is None else f"{cost.calls:.2f}", seconds


def _best(table: evaluated.Table, attribute: str, alone: bool) -> str:
    rows = [row for row in table.rows if not alone or row.kind == "extractor"]
    scored = [(value, row.name) for row in rows if (value := row.cells[attribute].scores["accuracy"].value) is not None]
    if not scored:
        return "–"
    value, name = max(scored, key=lambda one: one[0])
    return f"{value:.3f} {escape(name)}"


def _arm(arm: Arm) -> str:
    return "none of the samples" if arm.accuracy is None else f"{arm.accuracy:.3f} of {arm.labelled:,} labels"


def _plain(name: str) -> str:
    return escape(name.replace("_", " "))
