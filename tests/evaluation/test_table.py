"""The table: a cell for every attribute and one over all, the best of each column, nothing that JSON cannot hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import orjson
import pytest

from kyara.evaluation.bootstrap import draws
from kyara.evaluation.outcomes import Outcomes
from kyara.evaluation.scores import METRICS, REACHABLE
from kyara.evaluation.table import ALL, Cost, Row, Table, cells

Made = Callable[..., Outcomes]


@pytest.fixture
def table(made: Made) -> Table:
    """Two fusions over 60 samples and two attributes: `timid` decides little of what `bold` decides."""
    drawn = draws(60, 200, seed=0)
    rows = tuple(
        Row(
            name,
            "strategy",
            Cost(2.0, 0.5),
            cells({a: made(60, seed=i, bar=bar) for i, a in enumerate("ab")}, drawn, 0.3),
        )
        for name, bar in (("bold", 0.1), ("timid", 0.9))
    )
    return Table(rows, ("a", "b"), 60, 0.3)


def test_over_all_counts_every_label_and_averages_macro_f1(table: Table) -> None:
    found = table["bold"].cells
    assert list(found) == [ALL, "a", "b"]
    assert found[ALL].labelled == 120
    for metric in ("accuracy", "coverage", "macro_f1"):
        mean = np.mean([found[a].scores[metric].value for a in "ab"])
        assert found[ALL].scores[metric].value == pytest.approx(mean)


def test_every_score_lies_in_its_interval(table: Table) -> None:
    for row in table.rows:
        for cell in row.cells.values():
            assert set(cell.scores) == {*METRICS, REACHABLE}
            for metric in ("accuracy", "selective", "coverage", "macro_f1", "aurc"):
                score = cell.scores[metric]
                assert score.low <= score.value <= score.high


def test_the_best_is_the_largest_or_the_least(table: Table) -> None:
    assert table.best(ALL, "coverage") == {"bold"}
    assert table.best(ALL, "selective") == {"timid"}
    assert table.best(ALL, "aurc") == {"bold", "timid"}, "the same confidences: a bar changes no curve"
    assert table.best(ALL, "ece") == {"bold", "timid"}


def test_flat_rows_have_the_same_columns(table: Table) -> None:
    flat = list(table.flat())
    assert len(flat) == 6
    assert len({tuple(row) for row in flat}) == 1
    assert {"name", "attribute", "labelled", "ece_low", "aurc_high", "reachable", "seconds"} <= set(flat[0])


def test_json_holds_bins_and_curves_and_no_nan(table: Table) -> None:
    told = orjson.loads(orjson.dumps(table.as_json()))[0]["attributes"]["a"]
    assert sum(told["reliability"]["count"]) <= told["labelled"] == 60
    assert len(told["reliability"]["share"]) == 15
    assert len(told["risk_coverage"]["risk"]) == len(told["risk_coverage"]["confidence"])
    assert told["scores"]["accuracy"].keys() == {"value", "low", "high"}
    assert "NaN" not in str(told)


def test_without_a_bootstrap_there_are_scores_and_no_intervals(made: Made) -> None:
    found = cells({"a": made(60)}, draws(60, 0, seed=0))
    assert found["a"].scores["accuracy"].value is not None
    assert found["a"].scores["accuracy"].low is None
    assert found["a"].sure is None
