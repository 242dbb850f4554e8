"""Several sources in one run: shards numbered on, and keys with the source's name in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path

from kyara.errors import SourceError
from kyara.flow import Input, Shard, Source
from kyara.sources import files
from kyara.sources.folder import FolderSource


@dataclass(frozen=True, slots=True)
class ChainSource:
    """`sources` one after another."""

    name: str
    sources: tuple[Source, ...]

    def shards(self, size: int) -> Iterator[Shard]:
        number = count()
        for source in self.sources:
            for shard in source.shards(size):
                fingerprint = files.digest([source.name.encode(), shard.fingerprint.encode()])
                yield Shard(next(number), fingerprint, shard.count, partial(_named, source.name, shard))

    def count(self) -> int | None:
        counts = [source.count() for source in self.sources]
        return None if None in counts else sum(number for number in counts if number is not None)


def _named(name: str, shard: Shard) -> Iterator[Input]:
    for item in shard.inputs():
        yield replace(item, key=f"{name}{item.key}" if item.key.startswith("#") else f"{name}/{item.key}")


def chain(sources: Sequence[Source]) -> Source:
    """The sources as one; a single one stays as it is. Raises SourceError for none, or one that is there twice.

    Pictures named one by one become one source for each folder, so that a thousand of them are not a thousand shards.
    """
    merged = _merged(sources)
    if not merged:
        raise SourceError("no source given; give a folder, a picture, a table, a text file or --text")
    if len(merged) == 1:
        return merged[0]
    _refuse_overlap(merged)
    return ChainSource(", ".join(source.name for source in merged), tuple(merged))


def _merged(sources: Sequence[Source]) -> list[Source]:
    merged: list[Source] = []
    place: dict[str, int] = {}
    for source in sources:
        if isinstance(source, FolderSource) and source.only:
            at = place.setdefault(source.root, len(merged))
            if at < len(merged):
                before = merged[at]
                assert isinstance(before, FolderSource)
                if source.only[0] in before.only:
                    raise SourceError(f"{source.name}/{files.portable(source.only[0])}: is given twice; give it once")
                merged[at] = replace(before, only=before.only + source.only)
                continue
        merged.append(source)
    return merged


def _refuse_overlap(sources: Sequence[Source]) -> None:
    seen: dict[str, Source] = {}
    for source in sources:
        if source.name in seen:
            raise SourceError(f"{source.name}: is given twice; give it once")
        seen[source.name] = source
    roots = [source for source in sources if isinstance(source, FolderSource)]
    for inner in roots:
        for outer in roots:
            if inner is not outer and not outer.only and Path(inner.root).is_relative_to(outer.root):
                raise SourceError(f"{inner.name}: lies in {outer.name}, which is given too; give one of the two")
