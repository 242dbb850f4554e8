"""The pictures of an evaluation: reliability diagrams and risk–coverage curves, as small multiples in PNG.

It draws what a table holds and computes nothing. matplotlib is loaded when the first picture is drawn, without its
global state (pyplot), so that threads and notebooks are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kyara.evaluation.scores import BINS
from kyara.evaluation.table import ALL, Cell, Row, Table
from kyara.extras import need

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT, GRID, BAR, GAP = "#22262e", "#6b7280", "#e3e6ea", "#4c78a8", "#d1495b"
COLOURS = (  # Okabe and Ito's, which colour-blind people tell apart; yellow left out, it is not seen on white
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7b4ab8", "#a3272f", "#5f6b2d", "#111111",
)  # fmt: skip
_DPI = 130
_SIDE = 2.15  # inches of one small diagram
_LEFT, _TOP, _BELOW, _ABOVE, _BETWEEN = 0.55, 0.22, 0.85, 0.62, 0.38  # inches about panels; what is over and beside one
_TICKS = (0, 0.25, 0.5, 0.75, 1)
_SETTLED = 0.05  # coverage from which on the scale of risk is taken: one error among the first three is a third


def draw(table: Table, folder: Path) -> list[Path]:
    """All pictures into `folder`, their paths. Raises MissingExtraError without matplotlib."""
    need("matplotlib", "drawing plots")
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, figure in _figures(table):
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=_DPI, facecolor="white")
        drawn.append(path)
    return drawn


def _figures(table: Table) -> Iterator[tuple[str, Figure]]:
    everybody = {row.name: row.cells[ALL] for row in table.rows}
    yield "reliability", reliability_diagrams(everybody, "Reliability of everybody, over all attributes")
    for row in table.rows:
        cells = {name: row.cells[name] for name in (ALL, *table.attributes)}
        yield f"reliability-{_file(row.name)}", reliability_diagrams(cells, f"Reliability of {row.name}, by attribute")
    yield "risk-coverage", risk_coverage(table)


def reliability_diagrams(cells: Mapping[str, Cell], title: str) -> Figure:
    """One small diagram a cell: how much of the answers is true in each bin of confidence, and how many they are."""
    figure, axes = _panels(len(cells), 5, _SIDE, (title, "confidence", "share that is true"))
    said = "bars: the share that is true · red: the gap to the confidence claimed · pale: few answers"
    figure.text(0.5, 0.12 / figure.get_figheight(), said, fontsize=8, color=SOFT, ha="center")
    for axis, (name, cell) in zip(axes, cells.items(), strict=True):
        _reliability(axis, cell)
        _entitle(axis, name, f"ECE {_number(cell, 'ece')}   n {int(cell.reliability.count.sum()):,}")
    return figure


def risk_coverage(table: Table) -> Figure:
    """One panel an attribute, a line for everybody: extractors alone dashed, fusions whole, the best on top."""
    names = (ALL, *table.attributes)
    title = "Risk and coverage: how much is wrong where only the surest answers are given"
    figure, axes = _panels(len(names), 4, _SIDE * 1.25, (title, "coverage", "risk"))
    styles = _styles(table.rows)
    for axis, name in zip(axes, names, strict=True):
        best = table.best(name, "aurc")
        top = 0.0
        for row in sorted(table.rows, key=lambda row: row.name in best):
            drawn = row.cells[name].curve
            if len(drawn.risk):
                wide = 2.0 if row.name in best else 1.1
                axis.plot([0, *drawn.coverage], [drawn.risk[0], *drawn.risk], linewidth=wide, **styles[row.name])
                settled = drawn.risk[drawn.coverage >= min(_SETTLED, drawn.coverage[-1])]
                top = max(top, float(settled.max()))
        top = max(0.05, min(1.0, top * 1.08))
        axis.set(xlim=(0, 1), ylim=(-0.02 * top, top))
        first = next((row for row in table.rows if row.name in best and len(row.cells[name].curve.risk)), None)
        said = f"best AURC {_number(first.cells[name], 'aurc')}, {first.name}" if first else "nobody answers"
        _entitle(axis, name, f"{said} +{len(best) - 1}" if first and len(best) > 1 else said)
    lines = [_line(styles[row.name]) for row in table.rows]
    figure.legend(lines, [row.name for row in table.rows], loc="lower center", ncols=8, frameon=False, fontsize=8)
    return figure


def _reliability(axis: Any, cell: Cell) -> None:
    found, there = cell.reliability, np.flatnonzero(cell.reliability.count)
    axis.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axis.set(xlim=(0, 1), ylim=(0, 1.02), xticks=_TICKS, yticks=_TICKS)
    if not len(there):
        return
    middles, count = (there + 0.5) / BINS, found.count[there]
    shade = 0.3 + 0.7 * np.sqrt(count / count.max())  # few answers are pale: their height says little
    axis.bar(middles, found.share[there], 0.92 / BINS, color=[(BAR, x) for x in shade], linewidth=0, zorder=2)
    gap = {"colors": [(GAP, x) for x in shade], "linewidth": 1.6, "zorder": 3}
    axis.vlines(middles, found.share[there], found.confidence[there], **gap)
    axis.hlines(found.confidence[there], middles - 0.3 / BINS, middles + 0.3 / BINS, **gap)


def _styles(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Whom one knows by colour; extractors alone are dashed, so that ten colours do for twenty lines."""
    alone = [row.name for row in rows if row.kind == "extractor"]
    fused = [row.name for row in rows if row.kind != "extractor"]
    dashes = dict.fromkeys(alone, (0, (4, 2))) | dict.fromkeys(fused, "-")
    colours = {name: COLOURS[i % len(COLOURS)] for names in (alone, fused) for i, name in enumerate(names)}
    return {name: {"color": colours[name], "linestyle": dash} for name, dash in dashes.items()}


def _line(style: Mapping[str, Any]) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], linewidth=1.6, **style)


def _panels(count: int, most_columns: int, side: float, said: tuple[str, str, str]) -> tuple[Figure, list[Any]]:
    """A figure with so many panels of `side` inches, as square as may be, its title and what its axes show.

    Margins are fixed: matplotlib's own layout draws all text twice, which takes longer than the pictures themselves.
    """
    from matplotlib.figure import Figure

    columns = min(most_columns, count)
    rows = ceil(count / columns)
    title, x, y = said
    width = _LEFT + max(columns, 3) * (side + _BETWEEN)
    height = _TOP + rows * (side + _ABOVE) + _BELOW
    figure = Figure(figsize=(width, height))
    figure.suptitle(
        title, fontsize=12, color=INK, x=0.12 / width, y=1 - 0.12 / height, ha="left", va="top", weight="bold"
    )
    axes = []
    for place in range(count):
        row, column = divmod(place, columns)
        left, bottom = _LEFT + column * (side + _BETWEEN), _BELOW + (rows - 1 - row) * (side + _ABOVE)
        axis = figure.add_axes((left / width, bottom / height, side / width, side / height))
        axis.tick_params(labelsize=7, colors=SOFT, length=2)
        axis.locator_params(nbins=5)
        axis.grid(color=GRID, linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[:].set_color(GRID)
        axis.set_xlabel(x if place + columns >= count else "", fontsize=8, color=SOFT, labelpad=2)
        axis.set_ylabel(y if column == 0 else "", fontsize=8, color=SOFT, labelpad=2)
        axes.append(axis)
    return figure, axes


def _entitle(axis: Any, name: str, said: str) -> None:
    axis.set_title(f"{name.replace('_', ' ')}\n", fontsize=9, color=INK, loc="left", fontweight="bold", pad=3)
    axis.text(0, 1.025, said, transform=axis.transAxes, fontsize=7, color=SOFT, va="bottom")


def _number(cell: Cell, metric: str) -> str:
    value = cell.scores[metric].value
    return "–" if value is None else f"{value:.3f}"


def _file(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)
