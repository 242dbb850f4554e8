"""Sets files aside and brings them back: nothing is deleted, and every move is in a journal before it is made.

A file goes into a hidden folder beside it, which no source reads, and its sidecars go with it. Who goes is not decided
here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import orjson

from kyara.errors import OutputError

ASIDE = ".duplicates"
SIDECARS = (".txt", ".caption", ".json")


def set_aside(journal: Path, picture: Path, content: str) -> bool:
    """Move `picture` and its sidecars aside; False where it is not there or has another SHA-256 than `content` now.

    Raises OutputError where it cannot be moved.
    """
    try:
        if hashlib.sha256(picture.read_bytes()).hexdigest() != content:
            return False
    except OSError:
        return False
    for path in (picture, *_sidecars(picture)):
        target = path.parent / ASIDE / path.name
        if target.exists():
            raise OutputError(f"{target} is there already; kyara dedup --undo brings back what was set aside")
        _note(journal, path, target)
        _moved(path, target)
    return True


def brought_back(journal: Path) -> tuple[int, list[Path]]:
    """Undo every move of the journal, which is then empty: how many files are back, and which could not come back,
    because another one lies in their place (these stay in the journal)."""
    back, kept = 0, []
    for path, target in reversed(list(_moves(journal))):
        if target.exists() and path.exists():
            kept.append((path, target))
        elif target.exists():
            _moved(target, path)
            back += 1
            if not any(target.parent.iterdir()):
                target.parent.rmdir()
    journal.unlink(missing_ok=True)
    for path, target in reversed(kept):
        _note(journal, path, target)
    return back, [path for path, _ in kept]


def _sidecars(picture: Path) -> Iterator[Path]:
    """Files that belong to this picture alone: another picture of the same stem keeps them."""
    beside = [path for path in picture.parent.glob(f"{_escaped(picture.stem)}.*") if path != picture]
    if all(path.suffix in SIDECARS for path in beside):
        yield from sorted(beside)
    named = picture.with_name(picture.name + ".json")
    if named.exists() and named not in beside:
        yield named


def _escaped(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _moved(path: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    except OSError as error:
        raise OutputError(f"cannot move {path} to {target}: {error.strerror}; make its folder writable") from error


def _note(journal: Path, path: Path, target: Path) -> None:
    with journal.open("ab") as file:
        file.write(orjson.dumps({"from": str(path), "to": str(target)}) + b"\n")


def _moves(journal: Path) -> Iterator[tuple[Path, Path]]:
    if journal.exists():
        for line in journal.read_bytes().splitlines():
            try:
                move = orjson.loads(line)
            except orjson.JSONDecodeError:  # torn by a kill, before its move
                continue
            yield Path(move["from"]), Path(move["to"])
