"""The cast on disk: draws into a scratch folder and puts it in place when whole, so that nobody meets half a cast.

A stamp (`cast.json`) names the cast by a digest of the drawing code, its data and the libraries that encode it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from kyara.demo.cast import Picture, pictures
from kyara.demo.drawing import draw
from kyara.demo.sidecars import sidecars, truth
from kyara.errors import OutputError

# Pillow's name and options for each ending
_FORMATS: dict[str, tuple[str, dict[str, int]]] = {
    "png": ("PNG", {"compress_level": 4}),
    "jpg": ("JPEG", {"quality": 92, "subsampling": 0}),
    "webp": ("WEBP", {"quality": 90, "method": 3}),
}


def write_cast(folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """See `kyara.demo.draw_cast`."""
    finished, stamp, digest = folder / "pictures", folder / "cast.json", cast_digest()
    known = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else None
    if known and known["digest"] == digest and all((finished / name).exists() for name in known["files"]):
        return finished
    if finished.exists() and known is None and any(finished.iterdir()):
        raise OutputError(f"{finished} holds files that are not the drawn cast; name another folder or remove it")
    folder.mkdir(parents=True, exist_ok=True)
    _replace(stamp, json.dumps({"digest": "", "files": []}))  # unfinished: from here on the folder is ours
    scratch = folder / "drawing"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    rows = []
    for done, picture in enumerate(pictures(), start=1):
        rows.append(write_picture(picture, scratch))
        if progress:
            progress(done, len(pictures()))
    shutil.rmtree(finished, ignore_errors=True)
    scratch.rename(finished)
    _replace(folder / "truth.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    _replace(stamp, json.dumps({"digest": digest, "files": sorted(path.name for path in finished.iterdir())}))
    return finished


def write_picture(picture: Picture, folder: Path) -> dict[str, Any]:
    """Draw one picture into a folder together with its sidecars; returns its truth row."""
    drawing = draw(picture)
    kind, options = _FORMATS[picture.file.rsplit(".", 1)[1]]
    drawing.image.save(folder / picture.file, kind, **options)
    boxes = [(seen.head, seen.body) for seen in drawing.seen]
    for name, text in sidecars(picture, boxes).items():
        (folder / name).write_text(text, encoding="utf-8")
    return truth(picture, boxes)


def cast_digest() -> str:
    """SHA-256 over this package's code and data and the versions of Pillow and numpy."""
    total = hashlib.sha256(f"pillow {version('pillow')} numpy {version('numpy')}".encode())
    package = files("kyara.demo")
    for source in (package, package / "outfits"):
        for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith((".py", ".toml")):
                total.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return total.hexdigest()


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
