"""The one table of an evaluation: a row for everybody judged, in it a cell for every attribute and one over all.

As rows for CSV, as an object for JSON. It knows no terminal and no picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kyara.evaluation.bootstrap import Draws, Score, over_draws, with_interval
from kyara.evaluation.outcomes import Floats, Outcomes, together
from kyara.evaluation.scores import (
    LOWER_IS_BETTER,
    REACHABLE,
    Curve,
    Reliability,
    Scored,
    Scorer,
    curve,
    plain_weights,
    reliability,
)

ALL = "all"


@dataclass(frozen=True, slots=True)
class Cost:
    """What asking costs: calls and seconds a sample; None where nobody knows."""

    calls: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """How one fared on one attribute; `sure` is the confidence from which on the risk stays within the bound asked."""

    labelled: int
    scores: Mapping[str, Score]
    reliability: Reliability
    curve: Curve
    sure: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Everything about one of those judged; `kind` is extractor, strategy, learned or what the caller calls it."""

    name: str
    kind: str
    cost: Cost
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """All rows over the same examples."""

    rows: tuple[Row, ...]
    attributes: tuple[str, ...]
    samples: int
    max_risk: float | None = None

    def __getitem__(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def best(self, attribute: str, metric: str) -> frozenset[str]:
        """Who has the best score to four decimals; several on a tie."""
        known = {
            row.name: round(value, 4)
            for row in self.rows
            if (score := row.cells[attribute].scores.get(metric)) and (value := score.value) is not None
        }
        first = (min if metric in LOWER_IS_BETTER else max)(known.values(), default=None)
        return frozenset(name for name, value in known.items() if value == first)

    def flat(self) -> Iterator[dict[str, object]]:
        """One row for each of those judged and each attribute, as CSV wants it."""
        for row in self.rows:
            for attribute, cell in row.cells.items():
                flat: dict[str, object] = {"name": row.name, "kind": row.kind, "attribute": attribute}
                flat["labelled"] = cell.labelled
                for metric, score in cell.scores.items():
                    flat |= {metric: score.value, f"{metric}_low": score.low, f"{metric}_high": score.high}
                yield flat | {"calls": row.cost.calls, "seconds": row.cost.seconds}

    def as_json(self) -> list[dict[str, Any]]:
        """Everything, with bins and thinned curves."""
        return [
            {
                "name": row.name,
                "kind": row.kind,
                "cost": asdict(row.cost),
                "attributes": {name: _cell_as_json(cell) for name, cell in row.cells.items()},
            }
            for row in self.rows
        ]


def cells(parts: Mapping[str, Outcomes], drawn: Draws, max_risk: float | None = None) -> dict[str, Cell]:
    """The cells of one row from its outcomes by attribute: first over all, then each. `drawn` is (samples, draws).

    Over all, every labelled attribute of every sample counts once; macro-F1 is the mean of those of the attributes.
    """
    plain = plain_weights(len(drawn))
    found, points, redrawn = {}, dict[str, Scored](), dict[str, Scored]()
    whole = {ALL: together(list(parts.values())), **parts}
    for name, one in whole.items():
        scorer = Scorer(one, len(drawn), max_risk)
        points[name], redrawn[name] = scorer(plain), over_draws(scorer, drawn)
    for scored in (points, redrawn):
        if scored[ALL]:
            scored[ALL]["macro_f1"] = _mean([scored[name]["macro_f1"] for name in parts])
    for name, one in whole.items():
        with_intervals = {m: with_interval(float(p[0]), redrawn[name].get(m)) for m, p in points[name].items()}
        drawn_curve = curve(one)
        sure = drawn_curve.reach(max_risk) if max_risk is not None else None
        found[name] = Cell(len(one), with_intervals, reliability(one), drawn_curve.thinned(), sure)
    return found


def _mean(columns: list[Floats]) -> Floats:
    """The mean of what there is, NaN where there is nothing."""
    stacked = np.vstack(columns)
    there = ~np.isnan(stacked)
    total, count = np.where(there, stacked, 0.0).sum(0), there.sum(0)
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0))


def _cell_as_json(cell: Cell) -> dict[str, Any]:
    bins = {name: _rounded(getattr(cell.reliability, name)) for name in ("confidence", "share")}
    bins = {"count": cell.reliability.count.tolist(), **bins}
    points = {name: _rounded(getattr(cell.curve, name)) for name in ("confidence", "coverage", "risk")}
    scored = {
        metric: {name: None if value is None else round(value, 6) for name, value in asdict(score).items()}
        for metric, score in cell.scores.items()
    }
    sure = {"sure_from": cell.sure} if REACHABLE in cell.scores else {}
    return {"labelled": cell.labelled, "scores": scored, **sure, "reliability": bins, "risk_coverage": points}


def _rounded(numbers: Any) -> list[float | None]:
    """As JSON knows them: no NaN."""
    return [None if np.isnan(x) else round(float(x), 6) for x in numbers]
