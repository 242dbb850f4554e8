"""First step of every recipe: an Input becomes an Opened sample, with its id, size and a picture nobody decoded yet."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import Protocol

from kyara.cache.openings import Opening, Openings
from kyara.errors import UnreadableImageError
from kyara.failures import Breaker, can_pass, patiently
from kyara.flow import Input, Opened
from kyara.images import Header, Limits, Picture, decode_in_child, probe
from kyara.recipes.attempts import WAITS
from kyara.records import Box, Reason, Sample, Skip
from kyara.settings import FailureSettings

Read = Callable[[Input], bytes]
log = logging.getLogger("kyara.progress")

FOR_GOOD = 1_000_000  # times: a service is never given up
PROBATION_S = 60.0  # how long a suspect may take to decode in its child process


class DecodeWatch(Protocol):
    """Who remembers, by content id, what is being decoded (scale/inflight.py does)."""

    @property
    def suspects(self) -> Set[str]: ...
    @property
    def crashed(self) -> Set[str]: ...
    def entering(self, content: str) -> None: ...
    def left(self) -> None: ...
    def confirm(self, content: str) -> None: ...


def _once(item: Input) -> bytes:
    """The encoded bytes of its picture. Raises UnreadableImageError."""
    assert item.image is not None
    try:
        return item.image()
    except OSError as error:
        reason = Reason.UNAVAILABLE if can_pass(error) else Reason.UNREADABLE_FILE
        raise UnreadableImageError(reason, error.strerror or f"{type(error).__name__}: {error}") from error
    except MemoryError as error:
        raise UnreadableImageError(Reason.OUT_OF_MEMORY, "not enough memory to read this file") from error


class Reads:
    """Reads pictures, again where that may help; of a service that answers nobody nothing is asked for a while."""

    def __init__(self, patience: FailureSettings) -> None:
        self._patience = patience
        self._breakers: dict[str, Breaker] = {}

    def __call__(self, item: Input) -> bytes:
        """The encoded bytes of its picture. Raises UnreadableImageError."""
        service = item.uri.partition("://")[0] if "://" in item.uri else ""
        breaker = self._breakers.setdefault(service, Breaker(WAITS, self._patience.pause_s, FOR_GOOD))
        if not breaker.admits():
            raise UnreadableImageError(Reason.UNAVAILABLE, f"not tried, for others failed: {breaker.fault}")
        try:
            data = patiently(partial(_once, item), "reading", self._patience.attempts, _may_pass)
        except UnreadableImageError as error:
            if not _may_pass(error):
                breaker.succeeded()  # there was an answer
            elif breaker.failed(error.detail) is not None:
                log.warning("%s cannot be read (%s); nothing there is tried for a while", item.uri, error.detail)
            raise
        breaker.succeeded()
        return data


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, UnreadableImageError) and error.reason == Reason.UNAVAILABLE


def open_batch(
    inputs: Sequence[Input],
    limits: Limits,
    watch: DecodeWatch | None,
    openings: Openings | None = None,
    read: Read = _once,
) -> list[Opened]:
    """`open_input` for each of `inputs`; a file that `openings` know is read only if somebody looks at its pixels."""
    if openings is None:
        return [open_input(item, limits, watch, read) for item in inputs]
    stamps = [item.stamp() if item.stamp is not None and item.skip is None else None for item in inputs]
    known = openings.known(stamp for stamp in stamps if stamp is not None)
    hostile = watch.suspects | watch.crashed if watch is not None else frozenset()
    opened, fresh = [], {}
    for item, stamp in zip(inputs, stamps, strict=True):
        if stamp in known and (opening := known[stamp]).digest not in hostile:
            data = partial(_unchanged, item, opening.digest, read)
            opened.append(_opened(item, opening, data, limits, watch))
            continue
        one = open_input(item, limits, watch, read)
        opened.append(one)
        if stamp is not None and one.picture is not None:
            fresh[stamp] = Opening(one.sample.id, one.picture.header)
    openings.learn(fresh)
    return opened


def open_input(item: Input, limits: Limits, watch: DecodeWatch | None, read: Read = _once) -> Opened:
    """The sample with its header read, or with the Skip that says why not. Never raises for a bad input."""
    if item.skip is not None:
        return Opened(_sample(item, _digest(item.key), skip=item.skip))
    if item.image is None:
        content = item.text if item.text and item.text.strip() else item.tags
        if not content or not content.strip():
            skip = Skip("open", Reason.NO_CONTENT, "neither picture, tags nor text")
            return Opened(_sample(item, _digest(item.key), skip=skip))
        return Opened(_sample(item, _digest(content)))
    digest = _digest(item.key)
    try:
        data = read(item)
        digest = hashlib.sha256(data).hexdigest()
        header = probe(data, limits)
        _on_probation(digest, data, limits, watch)
    except UnreadableImageError as error:
        return Opened(_sample(item, digest, skip=Skip("open", Reason(error.reason), error.detail)))
    return _opened(item, Opening(digest, header), data, limits, watch)


def _opened(
    item: Input, opening: Opening, data: bytes | Callable[[], bytes], limits: Limits, watch: DecodeWatch | None
) -> Opened:
    digest, header = opening.digest, opening.header
    if stray := _stray_box(item, header):
        skip = Skip(
            "open", Reason.BAD_SIDECAR, f"box {stray} lies outside the picture ({header.width} x {header.height})"
        )
        return Opened(_sample(item, digest, width=header.width, height=header.height, skip=skip))
    entering = (lambda: watch.entering(digest)) if watch is not None else None
    sample = _sample(item, digest, width=header.width, height=header.height)
    return Opened(sample, Picture(data, header, limits, entering, watch.left if watch is not None else None))


def _unchanged(item: Input, digest: str, read: Read) -> bytes:
    """The bytes of a file that was known by its stamp. Raises UnreadableImageError where they are others now."""
    data = read(item)
    if hashlib.sha256(data).hexdigest() != digest:
        raise UnreadableImageError(Reason.UNREADABLE_FILE, "the file changed while it was read; run again")
    return data


def _stray_box(item: Input, header: Header) -> Box | None:
    """A box that came with the input and has no pixel of the picture in it."""
    for sighting in item.sightings:
        for box in (sighting.head, sighting.body):
            if box and (box[0] >= header.width or box[1] >= header.height or box[2] <= 0 or box[3] <= 0):
                return box
    return None


def _on_probation(content: str, data: bytes, limits: Limits, watch: DecodeWatch | None) -> None:
    """A picture in whose decoding a process died is decoded in a child first; the second death is the last."""
    if watch is None:
        return
    if content in watch.suspects and content not in watch.crashed:
        try:
            decode_in_child(data, limits, PROBATION_S)
        except UnreadableImageError as error:
            if error.reason == Reason.DECODER_CRASH:
                watch.confirm(content)
    if content in watch.crashed:
        raise UnreadableImageError(Reason.DECODER_CRASH, "the decoder killed two processes on this file")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _utf8(words: str | None) -> str | None:
    """`words` with lone surrogates, which Python has and no file format, as question marks."""
    return words if words is None or words.isascii() else words.encode("utf-8", "replace").decode()


def _sample(
    item: Input, digest: str, *, width: int | None = None, height: int | None = None, skip: Skip | None = None
) -> Sample:
    tags, text = _utf8(item.tags), _utf8(item.text)
    return Sample(item.key, digest, item.uri, width, height, tags, text, sightings=item.sightings, skip=skip)
