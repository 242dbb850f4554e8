"""Reads a training set as trainers read it: which pictures they find, which caption each gets, where they stumble.

Four layouts: sd-scripts by `dataset.toml`, sd-scripts by folder names (`10_name`), pictures with `metadata.jsonl`
(imagefolder, diffusers), WebDataset tars. The rules are those of the trainers' code. Writes nothing.
"""

from __future__ import annotations

import csv
import re
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from kyara.errors import SourceError, UnreadableImageError
from kyara.images import Limits, probe

_LOWER = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
SUFFIXES = frozenset((*_LOWER, *(suffix.upper() for suffix in _LOWER)))  # `.Png` is found by nobody
OTHER_PICTURES = frozenset((".gif", ".tif", ".tiff", ".avif", ".heic", ".jxl", ".psd"))
METADATA = ("metadata.jsonl", "metadata.csv", "metadata.parquet")
CONFIG = "dataset.toml"
DEFAULT_EXTENSION = ".caption"  # of sd-scripts, where a TOML names none
_NUMBERED = re.compile(r"(\d+)_(.*)", re.DOTALL)
_MEMBER = re.compile(r"((?:.*/|)[^.]+)[.]([^/]*)")  # WebDataset: all up to the first dot of the name is the key


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture as the trainer meets it. `caption` is None where it finds none; `problem` says what is wrong."""

    file: str
    caption: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Subset:
    """Pictures that are read alike. `excused`: a regularisation set, for which the trainer wants no captions."""

    name: str
    seen: tuple[Seen, ...]
    repeats: int = 1
    excused: bool = False
    passed_over: tuple[str, ...] = ()

    @property
    def captioned(self) -> int:
        return sum(one.problem is None for one in self.seen)


def read_training_set(path: Path, extension: str = ".txt", limits: Limits | None = None) -> list[Subset]:
    """The subsets of the training set at `path`, a folder or a TOML.

    `extension` is that of the captions where no TOML says it. Raises SourceError where no trainer would find anything.
    """
    limits = limits or Limits()
    if not path.exists():
        raise SourceError(f"{path} is not there; give a training set's folder or its dataset.toml")
    config = path if path.is_file() else path / CONFIG
    if config.is_file():
        return [_sidecars(folder, limits, options) for folder, options in _configured(config)]
    if tars := sorted(path.glob("*.tar")):
        return [_tar(tar, limits) for tar in tars]
    if metadata := next((path / name for name in METADATA if (path / name).is_file()), None):
        return [_listed(path, metadata, limits)]
    numbered = [(folder, match) for folder in sorted(path.iterdir()) if (match := _NUMBERED.fullmatch(folder.name))]
    options = {"caption_extension": extension}
    if folders := [
        (folder, {**options, "num_repeats": int(match[1])}) for folder, match in numbered if folder.is_dir()
    ]:
        return [_sidecars(folder, limits, of) for folder, of in folders]
    alone = _sidecars(path, limits, options)
    if not alone.seen:
        raise SourceError(
            f"{path} is no training set: no {CONFIG}, no *.tar, no {METADATA[0]}, no folder such as 10_name, no picture"
        )
    return [alone]


def _configured(config: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every subset of a TOML with its options: its own before its dataset's before the general ones."""
    try:
        content = tomllib.loads(config.read_text(encoding="utf-8"))
        for dataset in content.get("datasets", ()):
            for subset in dataset.get("subsets", ()):
                options = {"caption_extension": DEFAULT_EXTENSION} | content.get("general", {}) | dataset | subset
                yield Path(subset["image_dir"]), options
    except (OSError, ValueError) as error:
        raise SourceError(f"{config} cannot be read: {error}; correct it") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{config}: expected [[datasets]] with [[datasets.subsets]] that name an image_dir"
        ) from error


def _sidecars(folder: Path, limits: Limits, options: Mapping[str, Any]) -> Subset:
    files = sorted(p for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []
    pictures = [path for path in files if path.suffix in SUFFIXES]
    excused = bool(options.get("is_reg"))
    extension, whole = str(options["caption_extension"]), bool(options.get("enable_wildcard"))
    seen = []
    for path in pictures:
        caption, problem = _sidecar(path, extension, whole)
        if caption is None and excused and problem is None:
            caption = str(options.get("class_tokens", ""))
        elif not caption and problem is None:
            problem = f"no {path.stem}{extension}" if caption is None else f"{path.stem}{extension} is empty"
        seen.append(Seen(path.name, caption, _broken(path, limits) or problem))
    others = [
        p.name
        for p in files
        if p not in pictures and p.suffix.lower() in OTHER_PICTURES | {s.lower() for s in SUFFIXES}
    ]
    return Subset(str(folder), tuple(seen), int(options.get("num_repeats", 1)), excused, tuple(others))


def _sidecar(picture: Path, extension: str, whole: bool) -> tuple[str | None, str | None]:
    """(caption, problem): the first line of the file of the same name, or of that less four `_` pieces at its end."""
    base = str(picture.with_suffix(""))
    shorter = "_".join(base.split("_")[:-4]) if base.count("_") >= 4 else base
    path = next((p for p in (Path(base + extension), Path(shorter + extension)) if p.is_file()), None)
    if path is None:
        return None, None
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        return None, f"{path.name} is no UTF-8: the trainer stops here"
    if lines == [""]:
        return None, f"{path.name} has no byte: the trainer stops here"
    return "\n".join(filter(None, map(str.strip, lines))) if whole else lines[0].strip(), None


def _broken(path: Path, limits: Limits) -> str | None:
    try:
        return _unreadable(path.read_bytes(), limits)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _unreadable(data: bytes, limits: Limits) -> str | None:
    try:
        probe(data, limits)
    except UnreadableImageError as error:
        return str(error)
    return None


def _listed(folder: Path, metadata: Path, limits: Limits) -> Subset:
    """Pictures and the rows that name them; the caption is `text`, or the second column as diffusers takes it."""
    rows = _rows(metadata)
    captions = {str(row.pop("file_name", "")): row for row in rows}
    there = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.suffix.lower() in _LOWER}
    seen = []
    for name, path in there.items():
        row = captions.get(name)
        caption = None if row is None else str(row.get("text", next(iter(row.values()), "")) or "")
        problem = None if caption else f"{'no row' if row is None else 'no caption'} in {metadata.name}"
        seen.append(Seen(name, caption, _broken(path, limits) or problem))
    lost = [Seen(name, None, f"named in {metadata.name} and not there") for name in captions if name not in there]
    return Subset(str(folder), (*seen, *lost))


def _rows(metadata: Path) -> list[dict[str, Any]]:
    try:
        if metadata.suffix == ".parquet":
            return list(pq.read_table(metadata).to_pylist())
        if metadata.suffix == ".csv":
            with metadata.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        return [orjson.loads(line) for line in metadata.read_bytes().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise SourceError(f"{metadata} cannot be read: {error}; correct it") from error


def _tar(path: Path, limits: Limits) -> Subset:
    """Members that follow one another and share a key are one sample, as WebDataset reads them."""
    try:
        with tarfile.open(path) as tar:
            grouped = groupby(_members(tar), key=lambda member: member[0])
            seen = [_grouped(key, {ext: data for _, ext, data in members}, limits) for key, members in grouped]
    except (OSError, tarfile.TarError) as error:
        raise SourceError(f"{path} cannot be read: {error}; write it anew") from error
    return Subset(str(path), tuple(seen))


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, str, bytes]]:
    """(key, extension, content) of every file whose name has both."""
    for member in tar:
        match = _MEMBER.fullmatch(member.name)
        if match and (content := tar.extractfile(member)):
            yield match[1], match[2].lower(), content.read()


def _grouped(key: str, members: Mapping[str, bytes], limits: Limits) -> Seen:
    extension = next((name for name in members if f".{name}" in SUFFIXES), None)
    if extension is None:
        return Seen(key, None, "no picture of this key beside the others")
    caption = members["txt"].decode("utf-8", "replace").strip() if "txt" in members else None
    problem = _unreadable(members[extension], limits)
    return Seen(f"{key}.{extension}", caption, problem or (None if caption else "no .txt with a caption"))
