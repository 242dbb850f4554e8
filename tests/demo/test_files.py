"""The cast on disk: whole or not at all, drawn once, and never over anybody's files."""

import json
from pathlib import Path

import pytest
from PIL import Image

from kyara.demo import draw_cast, files
from kyara.demo.cast import Picture, pictures
from kyara.errors import OutputError

_TWO = ("genzo_full.jpg", "momo_full.png")


@pytest.fixture
def small_cast(monkeypatch: pytest.MonkeyPatch) -> tuple[Picture, ...]:
    """Two small pictures instead of forty."""
    chosen = tuple(picture for picture in pictures() if picture.file in _TWO)
    monkeypatch.setattr(files, "pictures", lambda: chosen)
    return chosen


@pytest.mark.usefixtures("small_cast")
def test_pictures_truth_and_progress(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    folder = draw_cast(tmp_path / "cast", lambda done, of: steps.append((done, of)))
    assert folder == tmp_path / "cast" / "pictures"
    assert steps == [(1, 2), (2, 2)]
    rows = [json.loads(line) for line in (tmp_path / "cast" / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        with Image.open(folder / row["file"]) as image:
            assert image.size == (row["width"], row["height"])
    assert sorted(path.name for path in folder.iterdir()) == [
        "genzo_full.caption",
        "genzo_full.jpg",
        "genzo_full.txt",
        "momo_full.png",
        "momo_full.txt",
    ]


@pytest.mark.usefixtures("small_cast")
def test_a_whole_cast_is_not_drawn_again_and_a_broken_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = draw_cast(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "momo_full.txt").write_text("edited", encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(files, "draw", lambda picture: pytest.fail(f"{picture.file} was drawn again"))
        assert draw_cast(tmp_path) == folder
    assert (folder / "momo_full.txt").read_text(encoding="utf-8") == "edited"
    (folder / "momo_full.png").unlink()
    draw_cast(tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_interrupted_drawing_leaves_nothing_half_and_starts_afresh(
    tmp_path: Path, small_cast: tuple[Picture, ...]
) -> None:
    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_cast(tmp_path, interrupt)
    assert not (tmp_path / "pictures").exists()
    assert len(list(draw_cast(tmp_path).iterdir())) == 5
    assert not (tmp_path / "drawing").exists()
    assert len(small_cast) == 2


@pytest.mark.usefixtures("small_cast")
def test_a_folder_of_somebody_elses_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(OutputError, match="not the drawn cast; name another folder"):
        draw_cast(tmp_path)
    assert (tmp_path / "pictures" / "holiday.jpg").read_bytes() == b"mine"
