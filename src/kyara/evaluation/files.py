"""What an evaluation leaves in its folder: evaluation.json with everything, evaluation.csv with the one table, plots.

Written whole or not at all; what stood there is replaced.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from kyara.errors import MissingExtraError
from kyara.evaluation.comparing import Comparison
from kyara.evaluation.plots import draw
from kyara.evaluation.table import Table
from kyara.results.atomic import said_as_output_error, write_atomically

JSON, CSV, PLOTS = "evaluation.json", "evaluation.csv", "plots"


def write(folder: Path, told: Mapping[str, Any], table: Table, comparisons: Mapping[str, Comparison]) -> None:
    """The table and what else is `told` of the evaluation, without plots. Raises OutputError."""
    with said_as_output_error(folder):
        folder.mkdir(parents=True, exist_ok=True)
    content = dict(told) | {
        "samples": table.samples,
        "attributes": list(table.attributes),
        "max_risk": table.max_risk,
        "judged": table.as_json(),
        "comparison": {name: asdict(one) for name, one in comparisons.items()} or None,
    }
    data = orjson.dumps(content, option=orjson.OPT_INDENT_2)
    write_atomically(folder / JSON, lambda path: _write(path, data))
    write_atomically(folder / CSV, lambda path: _write_csv(path, table))


def plot(folder: Path, table: Table) -> str | None:
    """Draw the plots below `folder`; without matplotlib what is missing and which line installs it."""
    try:
        with said_as_output_error(folder / PLOTS):
            draw(table, folder / PLOTS)
    except MissingExtraError as error:
        return str(error)
    return None


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _write_csv(path: Path, table: Table) -> None:
    rows = list(table.flat())
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
