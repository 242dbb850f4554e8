"""`kyara gallery` from outside: adding, looking over, removing, taking back; and what it refuses."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.identity.gallery import Gallery, Prototype, Reference

Run = Callable[..., subprocess.CompletedProcess[str]]

LOOK = ("--extractors", "tags,histogram", "--detectors", "none", "--gallery", "g")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures of one, one of two, and what is no picture."""
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(2):
        Image.new("RGB", (96, 96), (48, 80, 192 + i)).save(folder / f"blue{i}.png")
    Image.new("RGB", (192, 96), "#3050c0").save(folder / "pair.png")
    boxes = [{"head": [0, 0, 90, 96]}, {"head": [100, 0, 190, 96]}]
    (folder / "pair.json").write_text(json.dumps({"sightings": boxes}))
    (folder / "bad.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def known(tmp_path: Path) -> Gallery:
    """Rem, with an odd picture, and Ram."""
    gallery = Gallery(tmp_path / "g")
    gallery.add("Rem", [prototype("1a", 1.0, 0.0), prototype("2b", 0.9, 0.1), prototype("3c", 0.0, 1.0)])
    gallery.add("Ram", [prototype("4d", 0.1, 0.9)])
    return gallery


def prototype(name: str, *vector: float) -> Prototype:
    reference = Reference("histogram", "1", np.asarray(vector, np.float32))
    return Prototype(name * 32, f"{name}.png", f"file:///{name}.png", (0.0, 0.0, 40.0, 50.0), None, (reference,))


@pytest.mark.usefixtures("pictures")
def test_pictures_are_enrolled_and_those_that_cannot_be_are_named(kyara: Run) -> None:
    added = kyara("gallery", "add", "Miku", "in/blue0.png", "in/blue1.png", "in/pair.png", "in/bad.png", *LOOK)
    assert added.returncode == 0, added.stderr
    assert added.stdout == "Miku: 2 pictures added, 2 in all (histogram)\n"
    assert "left out pair.png: it shows 2" in added.stderr
    assert "left out bad.png: not an image" in added.stderr
    assert "no head found in blue0.png, blue1.png: the whole picture stands for it" in added.stderr
    assert "kyara identify SOURCE --only Miku" in added.stderr
    second = kyara("gallery", "add", "Miku", "in/pair.png", "--head", "2", *LOOK)
    assert "1 picture added, 3 in all" in second.stdout
    renewed = kyara("gallery", "renew", *LOOK)
    assert renewed.stdout == "looked at 3 pictures anew, 0 left as they were\n"
    refused = kyara("gallery", "add", "Rem", "in/pair.png", *LOOK)
    assert refused.returncode == 2
    assert "error: none of 1 pictures can be enrolled; see above" in refused.stderr


def test_list_show_remove_and_undo(kyara: Run, known: Gallery, tmp_path: Path) -> None:
    listed = kyara("gallery", "list", "--gallery", "g")
    rows = [line.split() for line in listed.stdout.splitlines() if line.startswith((" Rem", " Ram"))]
    assert rows == [["Ram", "1", "Rem", "0.99"], ["Rem", "3", "0.70", "Ram", "0.99"]]
    assert "space histogram (colours alone, no network): known from" in listed.stdout
    shown = kyara("gallery", "show", "Rem", "--gallery", "g")
    assert ["odd" in line for line in shown.stdout.splitlines() if ".png" in line] == [False, False, True]
    assert "next: if the odd is somebody else, kyara gallery remove Rem --picture 3c3c3c3c" in shown.stdout
    removed = kyara("gallery", "remove", "Rem", "--picture", "3c3c3c3c", "--gallery", "g")
    assert removed.stdout == "removed 1 picture of 'Rem'; kyara gallery undo brings it back\n"
    assert [p.key for p in known.known().of("Rem")] == ["1a.png", "2b.png"]
    assert "undone: removed 1 picture of 'Rem'" in kyara("gallery", "undo", "--gallery", "g").stdout
    assert len(known.known().of("Rem")) == 3


def test_a_damaged_line_is_named_and_an_unknown_name_refused(kyara: Run, known: Gallery, tmp_path: Path) -> None:
    journal = tmp_path / "g" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"added 3 pictures", b"added 9 pictures"))
    result = kyara("gallery", "show", "Rem", "--gallery", "g")
    assert result.returncode == 2
    assert "journal.jsonl is damaged at line 1; what that said is lost, all else is here" in result.stderr
    assert "error: 'Rem' is unknown; did you mean 'Ram'?" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_empty_gallery_lists_nobody(kyara: Run) -> None:
    listed = kyara("gallery", "list", "--gallery", "g")
    assert listed.returncode == 0
    assert "nobody is known in g; kyara gallery add NAME" in listed.stdout
