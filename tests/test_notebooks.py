"""The notebooks run from their first cell to their last, in a kernel of their own, in an empty folder."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():  # of jupyter's own packages, at import
    warnings.simplefilter("ignore")
    import nbclient
    import nbformat

CELL_S = 400  # drawing the cast takes 10 s on a core that is free
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def executed(name: str, folder: Path) -> list[dict[str, Any]]:
    """The code cells of a notebook after it has run in `folder`."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    nbclient.NotebookClient(notebook, timeout=CELL_S, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell: dict[str, Any]) -> str:
    return "".join(output.get("text", "") for output in cell["outputs"])


@pytest.mark.timeout(2 * CELL_S)
@pytest.mark.filterwarnings("ignore")  # jupyter's
def test_the_tour(tmp_path: Path) -> None:
    cells = executed("tour.ipynb", tmp_path)
    said = "\n".join(printed(cell) for cell in cells)
    shown = [output for cell in cells for output in cell["outputs"] if "image/png" in output.get("data", {})]
    assert len(shown) == 3, "sheets of pictures: looked at, found, alike"
    assert "did you mean" in said, "a query with a mistake is pointed at"
    assert (tmp_path / "tour" / "report.html").stat().st_size > 10_000
    assert (tmp_path / "tour" / "kyara.db").exists()
    assert list((tmp_path / "tour").rglob("dataset.toml"))


def test_they_are_kept_without_outputs() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), f"{path.name}: clear the outputs; what they show changes with every version"
