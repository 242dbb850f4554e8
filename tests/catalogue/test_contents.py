"""Contents are told apart though their checksums are the same."""

from __future__ import annotations

from zlib import crc32

from sqlalchemy import insert, select

from kyara.catalogue import contents, opened
from kyara.catalogue.schema import checksum, run, sample

SAME = ("plumless", "buckeroo")  # two words of one CRC-32
ODD = "id:a\0b \uf8f0 \U0001f600"
REST = {"run": 1, "block": 1, "slot": 0}


def test_contents_of_one_checksum_are_two_samples(where: str) -> None:
    assert crc32(SAME[0].encode()) == crc32(SAME[1].encode())
    given = {SAME[0]: 1, ODD: 2}
    asked = [*SAME, ODD, "never seen"]
    with opened(where, write=True) as catalogue, catalogue.writing() as connection:
        facts = {"folder": "", "source": "", "asked": "", "digest": "", "facts": "", "made_at": 0, "ingested_at": 0}
        connection.execute(insert(run), [{"number": 1, **facts}])
        connection.execute(insert(sample), [{"number": n, "content": name, **REST} for name, n in given.items()])
        contents.add(connection, given)
        assert contents.numbered(connection, asked) == given
        connection.execute(insert(sample), [{"number": 3, "content": SAME[1], **REST}])
        contents.add(connection, {SAME[1]: 3})
        assert contents.numbered(connection, asked) == {**given, SAME[1]: 3}
        contents.forget(connection, {SAME[0]: 1})
        assert contents.numbered(connection, asked) == {ODD: 2, SAME[1]: 3}
        assert len(connection.execute(select(checksum)).all()) == 2
        assert contents.numbered(connection, []) == {}
