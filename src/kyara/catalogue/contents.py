"""Which sample has a content: a table of four-byte checksums says which may have it, the sample itself whether it does.

An index of the contents themselves, 64 letters each and in no order, would take a sixth of an ingest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from zlib import crc32

from sqlalchemy import Connection, bindparam, delete, select

from kyara.catalogue.bulk import insert
from kyara.catalogue.kinds import among
from kyara.catalogue.schema import checksum, sample


def numbered(connection: Connection, contents: Collection[str]) -> dict[str, int]:
    """The numbers of the samples that are there, by content."""
    sums = {crc32(content.encode()) for content in contents}
    maybe = select(checksum.c.sample).where(among(connection, checksum.c.of, sorted(sums)))
    rows = connection.execute(select(sample.c.content, sample.c.number).where(sample.c.number.in_(maybe)))
    wanted = set(contents)
    return {content: number for content, number in rows if content in wanted}


def add(connection: Connection, samples: Mapping[str, int]) -> None:
    """Make samples known, by content. In the order of the table, which halves its time."""
    rows = sorted((crc32(content.encode()), number) for content, number in samples.items())
    insert(connection, checksum, of=[of for of, _ in rows], sample=[number for _, number in rows])


def forget(connection: Connection, samples: Mapping[str, int]) -> None:
    """Undo `add`."""
    rows = [{"sum": crc32(content.encode()), "number": number} for content, number in samples.items()]
    if rows:
        this = (checksum.c.of == bindparam("sum"), checksum.c.sample == bindparam("number"))
        connection.execute(delete(checksum).where(*this), rows)
