"""`kyara cluster` from outside: the cast in groups, and a group with a name at the next step."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Run = Callable[..., subprocess.CompletedProcess[str]]

LOOK = ("--extractors", "tags,histogram", "--detectors", "none")


@pytest.fixture
def cast(tmp_path: Path) -> Path:
    """Four blue ones, three red ones, of which tags name two, and a green stranger."""
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(4):
        Image.new("RGB", (96, 96), (48, 80, 192 + i)).save(folder / f"blue{i}.png")
    for i in range(3):
        Image.new("RGB", (96, 96), (192 + i, 48, 48)).save(folder / f"red{i}.png")
        (folder / f"red{i}.txt").write_text("1girl, solo" + ", rem_(re:zero)" * (i < 2))
    Image.new("RGB", (96, 96), "#30a040").save(folder / "green.png")
    return folder


@pytest.mark.usefixtures("cast")
def test_groups_are_shown_kept_and_named(kyara: Run, tmp_path: Path) -> None:
    result = kyara("cluster", "in", *LOOK, "--out", "out")
    assert result.returncode == 0, result.stderr
    rows = [line.split(maxsplit=2) for line in result.stdout.splitlines() if ".png" in line]
    assert [row[:2] for row in rows] == [["1", "4"], ["2", "3"]]
    assert "blue0.png, blue1.png, blue2.png" in rows[0][2]
    assert "rem_(re:zero) (2 of 3)" in rows[1][2]
    assert "2 clusters in space histogram, 1 sightings in none; all are in out/clusters.csv" in result.stderr
    assert "next: kyara gallery add NAME out/clusters.csv --cluster 1" in result.stderr
    named = kyara("gallery", "add", "Rem", "out/clusters.csv", "--cluster", "2", "--gallery", "g")
    assert "Rem: 3 pictures added, 3 in all (histogram)" in named.stdout, named.stderr


def test_nothing_alike_is_said_with_the_next_step(kyara: Run, cast: Path) -> None:
    for path in [*cast.glob("blue[1-9].png"), *cast.glob("red[1-9].*")]:
        path.unlink()
    result = kyara("cluster", "in", *LOOK)
    assert result.returncode == 0, result.stderr
    assert "0 clusters" in result.stderr
    assert "--least 2" in result.stderr
