"""What lies in the folder: JSON with everything, the table as CSV, whole, and replaced by the next evaluation."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest

from kyara.errors import OutputError
from kyara.evaluation.bootstrap import draws
from kyara.evaluation.comparing import compared
from kyara.evaluation.files import CSV, JSON, write
from kyara.evaluation.outcomes import Outcomes
from kyara.evaluation.table import ALL, Cost, Row, Table, cells

Made = Callable[..., Outcomes]


def made_table(made: Made, samples: int = 30) -> Table:
    row = Row("tags", "extractor", Cost(1.0, None), cells({"age": made(samples)}, draws(samples, 20, seed=0), 0.2))
    return Table((row,), ("age",), samples, 0.2)


def test_json_and_csv_say_the_same(made: Made, tmp_path: Path) -> None:
    pair = compared(made(30), made(30, seed=1), np.arange(30) < 15, draws(30, 20, seed=0))
    write(tmp_path / "out", {"seed": 0}, made_table(made), {ALL: pair})
    told = orjson.loads((tmp_path / "out" / JSON).read_bytes())
    assert (told["seed"], told["samples"], told["max_risk"], told["attributes"]) == (0, 30, 0.2, ["age"])
    assert told["comparison"][ALL]["labelled"] == 30
    assert told["comparison"][ALL]["arm_a"]["labelled"] == 15
    with (tmp_path / "out" / CSV).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["attribute"] for row in rows] == [ALL, "age"]
    accuracy = told["judged"][0]["attributes"]["age"]["scores"]["accuracy"]
    assert float(rows[1]["accuracy_low"]) == pytest.approx(accuracy["low"], abs=1e-6)
    assert rows[1]["seconds"] == "", "nobody knows"


def test_the_next_evaluation_replaces_it(made: Made, tmp_path: Path) -> None:
    write(tmp_path, {}, made_table(made), {})
    write(tmp_path, {}, made_table(made, 20), {})
    assert orjson.loads((tmp_path / JSON).read_bytes())["samples"] == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == [CSV, JSON]


def test_a_folder_that_is_a_file_is_refused(made: Made, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="choose another --out"):
        write(tmp_path / "out", {}, made_table(made), {})
