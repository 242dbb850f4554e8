"""The journal: what a kill, two writers or a bad disk can do to it, which is little."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kyara.identity.journal import GalleryError, Journal

WRITER = """
import sys
from pathlib import Path
from kyara.identity.journal import Journal
journal, count = Journal(Path(sys.argv[1])), int(sys.argv[3])
for i in range(count):
    with journal.alone():
        journal.append({"said": f"{sys.argv[2]} {i} " + "x" * 20_000})
    print(i, flush=True)
"""


def written(journal: Journal, *said: str) -> None:
    for one in said:
        with journal.alone():
            journal.append({"said": one})


def said(journal: Journal) -> list[str]:
    return [str(entry.change["said"]) for entry in journal.read().entries]


def test_what_was_written_is_read_in_order_with_numbers_of_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "g")
    assert journal.read().entries == ()
    written(journal, "a", "b")
    assert said(journal) == ["a", "b"]
    assert [entry.number for entry in journal.read().entries] == [1, 2]


@pytest.mark.parametrize("damage", [b"#", b"\x00", b"\n", b"0"])
def test_a_damaged_line_is_named_and_the_rest_is_kept(tmp_path: Path, damage: bytes) -> None:
    journal = Journal(tmp_path)
    written(journal, "a", "b" * 50, "c")
    data = journal.file.read_bytes()
    at = data.index(b"bbb") + 10
    journal.file.write_bytes(data[:at] + damage + data[at + 1 :])
    assert said(journal) == ["a", "c"]
    assert journal.read().damaged == ((2, 3) if damage == b"\n" else (2,))
    written(journal, "d")
    numbers = [entry.number for entry in journal.read().entries]
    assert len(set(numbers)) == len(numbers) == 3
    assert numbers[-1] > 3


def test_a_line_cut_short_by_a_kill_is_nothing_and_the_next_one_is_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    written(journal, "a", "b")
    whole = journal.file.read_bytes()
    second = whole.index(b"\n") + 1
    for cut in range(second, len(whole) - 1):
        journal.file.write_bytes(whole[:cut])
        assert (said(journal), journal.read().damaged) == (["a"], ())
    journal.file.write_bytes(whole[:-9])
    written(journal, "c")
    assert (said(journal), journal.read().damaged) == (["a", "c"], ())


def test_a_last_line_whose_end_an_editor_took_away_still_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    written(journal, "a", "b")
    journal.file.write_bytes(journal.file.read_bytes()[:-1])
    assert said(journal) == ["a", "b"]
    written(journal, "c")
    assert (said(journal), journal.read().damaged) == (["a", "b", "c"], ())


def test_kills_lose_nothing_that_was_said_to_be_written(tmp_path: Path) -> None:
    rng = random.Random(4)
    told: list[str] = []
    for run in range(4):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(run), "100000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            told += [f"{run} {writer.stdout.readline().strip()}"]  # it is at work
            time.sleep(rng.uniform(0.0, 0.05))
            writer.kill()
            told += [f"{run} {line.strip()}" for line in writer.stdout.read().splitlines()]
    kept = [one.rpartition(" ")[0] for one in said(Journal(tmp_path))]
    assert len(told) >= 4
    assert set(told) <= set(kept)
    assert len(kept) - len(told) <= 4  # written, and killed before it could say so
    assert Journal(tmp_path).read().damaged == ()


def test_writers_take_turns(tmp_path: Path) -> None:
    commands = [[sys.executable, "-c", WRITER, str(tmp_path), name, "20"] for name in "abc"]
    writers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    content = Journal(tmp_path).read()
    assert [entry.number for entry in content.entries] == list(range(1, 61))
    assert content.damaged == ()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(GalleryError, match=r"thesis\.doc.*--gallery"):
        written(Journal(tmp_path), "a")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "g").write_text("no folder")
    with pytest.raises(GalleryError, match="another --gallery"):
        written(Journal(tmp_path / "g"), "a")
    with pytest.raises(GalleryError, match="cannot be read"):
        Journal(tmp_path / "g").read()
