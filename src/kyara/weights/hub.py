"""From a hub id to verified files: what a pull would bring, and the pull itself, pinned to one commit.

Every file is held to the hub's own hash (SHA-256 of what LFS keeps, git's SHA-1 of the rest) and laid into the hub's
cache, where other tools find it too. Asks nobody anything: size and licence are in the Offer, a caller shows them.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from kyara.errors import WeightsError
from kyara.weights import stored
from kyara.weights.fetch import fetch, room_for
from kyara.weights.known import Known, about, choose, nearest
from kyara.weights.refusals import UnreachableHubError, endpoint, refusals_said
from kyara.weights.stored import Stored, StoredFile, hub_cache, repository, sha256_of

SHA256 = 64  # hex digits

Watch = Callable[[str, int], None]  # a file's name, and how many more bytes of it have come


@dataclass(frozen=True, slots=True)
class Remote:
    """One file as the hub lists it. `hash` is a SHA-256 (LFS) or git's SHA-1, and the hub's ETag of the file."""

    name: str
    size: int
    hash: str

    def is_in(self, path: Path) -> bool:
        """True when the file at `path` is this one, byte for byte."""
        return path.stat().st_size == self.size and _hash(path, len(self.hash)) == self.hash


@dataclass(frozen=True, slots=True)
class Offer:
    """What a pull would bring. `asked` is the revision asked for, None where Kyara or an earlier pull pins it."""

    name: str
    asked: str | None
    commit: str
    licence: str
    files: tuple[Remote, ...]

    @property
    def folder(self) -> Path:
        return repository(self.name) / "snapshots" / self.commit

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def missing(self) -> tuple[Remote, ...]:
        """Files that are not here in their full length."""
        return tuple(file for file in self.files if not _is_long(self.folder / file.name, file.size))


def look(name: str, asked: str | None, folder: Path, update: bool = False, patterns: Sequence[str] = ()) -> Offer:
    """Ask the hub what a pull of `name` would bring.

    The commit is that of `asked`, else of the record, else the one Kyara pins, else main's of today; `update` passes
    the record over. Raises UnreachableHubError, WeightsError.
    """
    from huggingface_hub import HfApi, ModelCardData

    model = about(name)
    record = None if update else stored.read(name, asked, folder)
    revision = record.revision if record else asked or model.revision or "main"
    with refusals_said(name, revision):
        info = HfApi(endpoint=endpoint()).model_info(name, revision=revision, files_metadata=True, timeout=20)
    if not info.sha:
        raise WeightsError(f"{endpoint()} names no commit of {name!r}; set HF_ENDPOINT to a hub")
    names = set(choose(model, [file.rfilename for file in info.siblings or ()], patterns))
    if record is not None:
        names |= {file.name for file in record.files}
    remotes = tuple(
        Remote(file.rfilename, file.size or 0, (file.lfs.sha256 if file.lfs else file.blob_id) or "")
        for file in info.siblings or ()
        if file.rfilename in names
    )
    for remote in remotes:
        if not remote.hash:
            raise WeightsError(f"{endpoint()} gives no hash of {name}/{remote.name}; set HF_ENDPOINT to a hub")
        if len(remote.hash) == SHA256:
            _as_published(model, asked, remote.name, remote.hash)
    card = info.card_data or ModelCardData()
    licence = card.license_name or card.license or model.licence or "none stated on the hub"
    return Offer(name, asked, info.sha, str(licence), remotes)


def pull(offer: Offer, folder: Path, watch: Watch = lambda name, more: None) -> Stored:
    """Bring what is missing or damaged, verify every file and pin the commit. Small files first.

    Raises WeightsError: a wrong hash, no room, refused by the hub. Interrupted, it goes on where it was.
    """
    from huggingface_hub import hf_hub_download

    needed = sum(file.size for file in offer.missing) - sum(path.stat().st_size for path in stored.partials(offer.name))
    files: list[StoredFile] = []
    with (
        refusals_said(offer.name, offer.commit),
        room_for(offer.name, repository(offer.name), needed),
        _alone(offer.name),
    ):
        for remote in sorted(offer.files, key=lambda file: file.size):
            _bring(offer, remote, watch)
            # the blob is there: this only links it into the snapshot, as the hub's own tools do
            linked = hf_hub_download(
                offer.name, remote.name, revision=offer.commit, cache_dir=hub_cache(), endpoint=endpoint()
            )
            path = Path(linked)
            if path.resolve() != _blob(offer, remote).resolve() and not remote.is_in(path):
                raise WeightsError(f"model {offer.name!r}: the hub gives two hashes of {remote.name}; pull again later")
            _needs_no_code(offer.name, path)
            files.append(stored.measure(remote.name, path, remote.hash if len(remote.hash) == SHA256 else None))
    return _pinned(Stored(offer.name, offer.asked, offer.commit, offer.licence, tuple(files)), folder)


def adopt(name: str, asked: str | None, folder: Path, patterns: Sequence[str] = ()) -> Stored:
    """Without network: pin and verify what another tool has left of `name` in the hub's cache.

    Raises UnreachableHubError where that is not enough.
    """
    model = about(name)
    record = stored.read(name, asked, folder)
    commit = record.revision if record else _cached_commit(name, asked or model.revision or "main")
    snapshot = repository(name) / "snapshots" / commit
    names = [path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_file()]
    if not names:
        raise UnreachableHubError(
            f"model {name!r} is not in {hub_cache()}, and there is no network or HF_HUB_OFFLINE is set; where there "
            f"is one, run `kyara models pull {name}`, or copy a folder with its files here and give that folder instead"
        )
    files = []
    for chosen in choose(model, names, patterns):
        path = snapshot / chosen
        if not Remote(chosen, path.stat().st_size, path.resolve().name).is_in(path):
            raise WeightsError(
                f"model {name!r}: {path} is not what its name says; delete it, pull where there is network"
            )
        _needs_no_code(name, path)
        files.append(stored.measure(chosen, path))
    return _pinned(Stored(name, asked, commit, model.licence or "unknown: pulled offline", tuple(files)), folder)


def _bring(offer: Offer, remote: Remote, watch: Watch) -> None:
    from huggingface_hub import get_token

    path, blob = offer.folder / remote.name, _blob(offer, remote)
    for there in (path, blob):
        if there.is_file():
            if remote.is_in(there):
                return
            there.resolve().unlink()  # damaged: brought anew
    path.unlink(missing_ok=True)
    partial = blob.with_name(f"{blob.name}.incomplete")
    url = f"{endpoint()}/{offer.name}/resolve/{offer.commit}/{remote.name}"
    headers = {"Authorization": f"Bearer {token}"} if (token := get_token()) else {}
    fetch(url, headers, partial, remote.size, lambda more: watch(remote.name, more))
    if not remote.is_in(partial):
        found = _hash(partial, len(remote.hash))
        partial.unlink()
        raise WeightsError(
            f"model {offer.name!r}: {remote.name} came with hash {found[:16]}…, the hub says {remote.hash[:16]}…; "
            f"thrown away. Pull again; if it stays so, {endpoint()} or a proxy before it changes files"
        )
    partial.replace(blob)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Two pulls would append to the same partial file."""
    lock = hub_cache() / ".locks" / repository(name).name / "kyara.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WeightsError(f"another kyara is pulling model {name!r} now; wait for it") from error
        yield


def _pinned(new: Stored, folder: Path) -> Stored:
    """Keep the record; what an earlier record of the same commit, or the publisher, says of a file must still hold."""
    model, old = about(new.name), stored.read(new.name, new.asked, folder)
    before = {file.name: file.sha256 for file in old.files} if old and old.revision == new.revision else {}
    for file in new.files:
        _as_published(model, new.asked, file.name, file.sha256)
        if before.get(file.name, file.sha256) != file.sha256:
            raise WeightsError(
                f"model {new.name!r}: {file.name} is not what it was at the same commit {new.revision[:12]}; "
                f"{endpoint()} or a proxy changes files: do not use it"
            )
    stored.write(new, folder)
    return new


def _blob(offer: Offer, remote: Remote) -> Path:
    return repository(offer.name) / "blobs" / remote.hash


def _hash(path: Path, digits: int) -> str:
    """Hex digest of the kind that has so many digits: 64 SHA-256, 40 git's SHA-1 of a blob."""
    if digits == SHA256:
        return sha256_of(path)
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _is_long(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _cached_commit(name: str, revision: str) -> str:
    reference = repository(name) / "refs" / revision
    return reference.read_text().strip() if reference.is_file() else revision


def _needs_no_code(name: str, path: Path) -> None:
    if path.name == "config.json" and orjson.loads(path.read_bytes()).get("auto_map"):
        raise WeightsError(
            f"model {name!r} needs code of its own repository (auto_map, trust_remote_code), which Kyara never runs; "
            f"choose another, such as {nearest(name)}"
        )


def _as_published(model: Known, asked: str | None, name: str, sha256: str) -> None:
    """A commit of the user's own choice is the user's to trust."""
    published = model.sha256.get(name)
    if asked is None and published not in (None, sha256):
        raise WeightsError(
            f"model {model.id!r}: {name} has SHA-256 {sha256[:16]}…, published was {published[:16]}…; it was replaced: "
            f"look at {endpoint()}/{model.id} and pull a commit you trust with --revision"
        )
