"""Two kinds of columns that SQLite and PostgreSQL hold differently, and one condition that they state differently.

`Words` is any text byte for byte, `Half` a float16 vector. Knows nothing of the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    LargeBinary,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

# PostgreSQL has no NUL in text, and SQLite's JSON functions end at one: it is written as two letters, the first of
# them from the private use area, which is itself written as two.
_ESCAPE, _NUL, _ITSELF = "\uf8f0", "\uf8f00", "\uf8f01"


def stored(text: str) -> str:
    """`text` as a column of `Words` holds it; bulk inserts, which pass no SQLAlchemy type, call it themselves."""
    if "\0" not in text and _ESCAPE not in text:
        return text
    return text.replace(_ESCAPE, _ITSELF).replace("\0", _NUL)


def all_stored(texts: Sequence[str | None]) -> Sequence[str | None]:
    """`stored` of many, which are looked through as one: a call for each would be a tenth of an ingest."""
    whole = "".join(filter(None, texts))
    if "\0" not in whole and _ESCAPE not in whole:
        return texts
    return [text and stored(text) for text in texts]


def _read(text: str) -> str:
    return text.replace(_NUL, "\0").replace(_ITSELF, _ESCAPE) if _ESCAPE in text else text


class Words(TypeDecorator[str]):
    """Text with every character Unicode has, NUL too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else stored(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else _read(value)


class Half(UserDefinedType[bytes]):
    """A float16 vector: its little-endian bytes on SQLite, pgvector's `halfvec` on PostgreSQL; bytes in Python."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "halfvec"

    def bind_processor(self, dialect: Dialect) -> Any:
        return None if dialect.name == "sqlite" else lambda raw: None if raw is None else to_text(raw)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return None if dialect.name == "sqlite" else lambda text: None if text is None else from_text(text)


def all_read(texts: pa.Array) -> pa.Array:
    """Column of `Words` that were read as they are stored, as they were given."""
    if not pc.any(pc.match_substring(texts, _ESCAPE)).as_py():
        return texts
    return pa.array([text and _read(text) for text in texts.to_pylist()], pa.string())


def half_column() -> TypeEngine[bytes]:
    """The type of a vector column."""
    return Half().with_variant(LargeBinary(), "sqlite")


def to_text(raw: bytes) -> str:
    """Little-endian float16 bytes as pgvector writes a halfvec: `[0.5,1]`."""
    return "[" + ",".join(map(str, np.frombuffer(raw, "<f2").tolist())) + "]"


def from_text(text: str) -> bytes:
    """`to_text` undone."""
    return np.array(text[1:-1].split(","), "<f2").tobytes()


def among(connection: Connection, column: Column[Any], items: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN items` for any number of items, as one parameter: SQLite takes 32,766, and each costs.

    Numbers without a gap, as of a whole export, are asked for as a range.
    """
    plain = list(items)
    if plain and isinstance(plain[0], int) and max(plain) - min(plain) == len(set(plain)) - 1:
        return column.between(min(plain), max(plain))
    if connection.dialect.name == "sqlite":
        if isinstance(column.type, Words):
            plain = list(all_stored(plain))
        listed = func.json_each(orjson.dumps(plain).decode()).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(None, plain, type_=ARRAY(column.type), unique=True))
