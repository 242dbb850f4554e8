"""What a batch needs before any database is asked: flat columns, packed blocks. Made ahead, while another is written.

Pure. Which of the rows are new, and the numbers of things, are for whoever writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from kyara.catalogue.flattening import Sightings, Values, sightings_of, single, values_of, vectors_of
from kyara.catalogue.kinds import all_stored
from kyara.catalogue.packing import packed

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Described:
    """Samples as the tables take them, but for the numbers: columns of `sample` and `sighting`, blocks, vectors."""

    samples: Columns
    blocks: Sequence[bytes]
    sightings: Sightings
    columns: Columns  # of `sighting`
    values: Values
    vectors: Sequence[tuple[int, str, bytes]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows of a result, where each one's sample lies (source, key, uri), and all described.

    A sample is its content: the digest of its picture; a text or a row of tags is one post among equal ones.
    """

    rows: pa.Table
    contents: Sequence[str]
    roots: Sequence[str]
    keys: Sequence[str]
    uris: Sequence[str]
    described: Described


def prepared(source: str, rows: pa.Table) -> Prepared:
    """These rows of a result of `source`."""
    keys, uris = rows["key"].to_pylist(), rows["uri"].to_pylist()
    posts = pc.binary_join_element_wise(rows["id"], rows["key"], ":")
    contents = pc.if_else(rows["width"].is_valid(), rows["id"], posts).to_pylist()
    return Prepared(rows, contents, _roots(source, keys, uris), keys, uris, described(rows, contents))


def described(rows: pa.Table, contents: Sequence[str]) -> Described:
    """What these rows say of their samples, which have these contents."""
    sightings = sightings_of(rows)
    return Described(
        _samples(rows, contents),
        list(packed(rows)),
        sightings,
        sightings.columns(),
        values_of(sightings),
        list(vectors_of(sightings)),
    )


def _samples(rows: pa.Table, contents: Sequence[str]) -> Columns:
    moment, skip = single(rows["moment"]), single(rows["skip"])
    return {
        "content": all_stored(contents),
        **{name: rows[name].to_pylist() for name in ("width", "height")},
        **{name: all_stored(rows[name].to_pylist()) for name in ("tags", "text")},
        "film": all_stored(pc.struct_field(moment, "film").to_pylist()),
        **{name: pc.struct_field(moment, name).to_pylist() for name in ("shot", "seconds")},
        "skip_reason": pc.struct_field(skip, "reason").to_pylist(),
    }


def _roots(source: str, keys: Sequence[str], uris: Sequence[str]) -> list[str]:
    """`root` of each; most have that of the one before."""
    roots: list[str] = []
    last = ""
    for key, uri in zip(keys, uris, strict=True):
        if not (key and last) or uri != last + key:
            last = root(source, key, uri)
        roots.append(last)
    return roots


def root(source: str, key: str, uri: str) -> str:
    """The address of the folder or table that `key` is counted from; `source` where the address does not tell."""
    if key and uri.endswith(key):
        return uri[: -len(key)] or source
    end = quote(key)
    if key and uri.endswith(end):
        return uri[: -len(end)] or source
    return uri.rpartition("#")[0] or source
