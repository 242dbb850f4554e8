"""What was pulled: of every model a record with its commit, its licence, and size, time and SHA-256 of every file.

The files lie in the hub's own cache (HF_HOME), which other tools share; the records in Kyara's model folder are what
pins and verifies them. Knows no network.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

import orjson
from platformdirs import user_cache_path

from kyara.errors import MissingWeightsError, WeightsError


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One verified file: its path inside the model, and what it was when its hash was last seen to be right."""

    name: str
    size: int
    modified_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """One model on this machine. `asked` is the revision asked for, None for the one Kyara or the first pull pinned."""

    name: str
    asked: str | None
    revision: str
    licence: str
    files: tuple[StoredFile, ...]

    @property
    def folder(self) -> Path:
        return repository(self.name) / "snapshots" / self.revision

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


def models_folder() -> Path:
    """Where records lie unless the settings say otherwise."""
    return user_cache_path("kyara") / "models"


def hub_cache() -> Path:
    """The hub's cache as huggingface_hub finds it, but asked anew every time: HF_HUB_CACHE, else HF_HOME/hub."""
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{caches}/huggingface"
    found = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or f"{home}/hub"
    return Path(os.path.expandvars(found)).expanduser()


def repository(name: str) -> Path:
    """The folder of one model in the hub's cache."""
    return hub_cache() / f"models--{name.replace('/', '--')}"


def read(name: str, asked: str | None, folder: Path) -> Stored | None:
    """The record of a model, None where it was never pulled. A commit is also found under the pinned record."""
    stored = _read(_path(name, asked, folder))
    if stored is None and asked is not None:
        pinned = _read(_path(name, None, folder))
        return pinned if pinned is not None and pinned.revision == asked else None
    return stored


def write(stored: Stored, folder: Path) -> None:
    """Keep the record: a kill leaves the old one or the new one."""
    path = _path(stored.name, stored.asked, folder)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(orjson.dumps(asdict(stored), option=orjson.OPT_INDENT_2))
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise WeightsError(
            f"cannot write {path}: {error.strerror}; free some space or set KYARA_MODELS__FOLDER to another folder"
        ) from error


def everything(folder: Path) -> Iterator[Stored]:
    """All records, by name."""
    for path in sorted((folder / "pulled").glob("*.json")):
        if (stored := _read(path)) is not None:
            yield stored


def remove(stored: Stored, folder: Path) -> int:
    """Remove the model's files and its record; the bytes freed. Files other revisions use stay."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    names = {file.name for file in stored.files}
    _path(stored.name, stored.asked, folder).unlink(missing_ok=True)
    try:
        cache = scan_cache_dir(hub_cache())
    except CacheNotFound:
        return 0
    revisions = [
        revision
        for repo in cache.repos
        if repo.repo_type == "model" and repo.repo_id == stored.name
        for revision in repo.revisions
        if revision.commit_hash == stored.revision
    ]
    for revision in revisions:
        snapshot = revision.snapshot_path
        files = [file for file in revision.files if file.file_path.relative_to(snapshot).as_posix() in names]
        whole = len(files) == len(revision.files)
        plan = cache.delete_revisions(stored.revision) if whole else cache.delete_files(*files)
        plan.execute()
        return plan.expected_freed_size
    return 0


def partials(name: str) -> list[Path]:
    """What broken-off pulls of a model left; the next pull goes on from there."""
    return sorted((repository(name) / "blobs").glob("*.incomplete"))


def remove_partials(name: str) -> int:
    """Remove them; the bytes freed."""
    freed = 0
    for path in partials(name):
        freed += path.stat().st_size
        path.unlink()
    return freed


def measure(name: str, path: Path, sha256: str | None = None) -> StoredFile:
    """The entry of a file that was just verified."""
    state = path.stat()
    return StoredFile(name, state.st_size, state.st_mtime_ns, sha256 or sha256_of(path))


def check(stored: Stored, folder: Path, every_byte: bool = False) -> None:
    """Raises where a file is lost (MissingWeightsError) or is not what was verified (WeightsError).

    Size and time as verified are enough, for hashing 1 GB takes seconds; else, and for `every_byte`, the hash decides.
    """
    now = tuple(_checked(stored, file, every_byte) for file in stored.files)
    if now != stored.files:  # only touched, or copied elsewhere: next time its size and time are enough again
        try:
            write(replace(stored, files=now), folder)
        except WeightsError:
            return  # a folder that cannot be written costs a hash every time, no more


def sha256_of(path: Path) -> str:
    """Hex digest of a file; 1 GB takes 1 to 5 s."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(stored: Stored, file: StoredFile, every_byte: bool) -> StoredFile:
    path = stored.folder / file.name
    mend = f"run `kyara models pull {stored.name}{f' --revision {stored.asked}' if stored.asked else ''}`"
    try:
        now = path.stat()
    except OSError as error:
        raise MissingWeightsError(f"model {stored.name!r} lost its {file.name} ({path}); {mend}") from error
    if now.st_size == file.size and now.st_mtime_ns == file.modified_ns and not every_byte:
        return file
    found = sha256_of(path)
    if found != file.sha256:
        raise WeightsError(
            f"model {stored.name!r}: {path} is damaged: SHA-256 {found[:16]}…, {now.st_size:,} bytes found, "
            f"{file.sha256[:16]}…, {file.size:,} bytes expected; {mend} to mend it"
        )
    return replace(file, modified_ns=now.st_mtime_ns)


def _path(name: str, asked: str | None, folder: Path) -> Path:
    revision = f"@{quote(asked, safe='')}" if asked is not None else ""
    return folder / "pulled" / f"{name.replace('/', '--')}{revision}.json"


def _read(path: Path) -> Stored | None:
    try:
        entry = orjson.loads(path.read_bytes())
        return Stored(**{**entry, "files": tuple(StoredFile(**file) for file in entry["files"])})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WeightsError(f"{path} is no record of a pulled model ({error}); delete it and pull again") from error
