"""The pictures: one for everybody, one for each, one of risks; also where somebody never answers, or nothing draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara import extras
from kyara.errors import MissingExtraError
from kyara.evaluation.bootstrap import draws
from kyara.evaluation.files import plot
from kyara.evaluation.outcomes import Outcomes
from kyara.evaluation.plots import draw, reliability_diagrams, risk_coverage
from kyara.evaluation.table import ALL, Cost, Row, Table, cells

Made = Callable[..., Outcomes]


@pytest.fixture
def table(made: Made) -> Table:
    """Somebody who answers, and somebody who never does."""
    pytest.importorskip("matplotlib", reason="plots need the extra [plots]")
    answering, drawn = made(40), draws(40, 0, seed=0)
    nothing = np.zeros(40, np.bool_)
    silent = Outcomes(
        answering.unit, nothing, nothing, np.zeros(40), nothing, np.zeros(40), answering.said & False, answering.true
    )
    rows = (
        Row("tags", "extractor", Cost(), cells({"age": silent}, drawn)),
        Row("my own/fusion", "learned", Cost(), cells({"age": answering}, drawn)),
    )
    return Table(rows, ("age",), 40)


def test_every_picture_is_there_and_holds_something(table: Table, tmp_path: Path) -> None:
    paths = draw(table, tmp_path / "plots")
    names = ["reliability.png", "reliability-tags.png", "reliability-my-own-fusion.png", "risk-coverage.png"]
    assert [path.name for path in paths] == names
    for path in paths:
        with Image.open(path) as picture:
            assert min(picture.size) > 300
            colours = picture.convert("RGB").getcolors(1 << 24)
            assert colours is not None
            assert len(colours) > 20


def test_a_diagram_shows_each_bin_that_has_answers(table: Table) -> None:
    cell = table["my own/fusion"].cells[ALL]
    (axis,) = reliability_diagrams({"all": cell}, "title").axes
    heights = [bar.get_height() for bar in axis.patches]
    assert heights == pytest.approx(list(cell.reliability.share[cell.reliability.count > 0]))


def test_a_panel_of_risks_shows_who_answers(table: Table) -> None:
    figure = risk_coverage(table)
    assert len(figure.axes) == 2
    (line,) = figure.axes[0].lines
    assert line.get_ydata()[-1] == pytest.approx(table["my own/fusion"].cells[ALL].curve.risk[-1])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["tags", "my own/fusion"]


def test_without_matplotlib_a_line_says_what_installs_it(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(extras.EXTRAS, "matplotlib", "plots")
    monkeypatch.setattr(extras, "has", lambda module: False)
    with pytest.raises(MissingExtraError):
        draw(table, tmp_path)
    assert "pip install 'kyara[plots]'" in (plot(tmp_path, table) or "")
    assert not (tmp_path / "plots").exists()
