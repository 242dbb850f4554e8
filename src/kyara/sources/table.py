"""Tables: which columns are read, and what input a row is. How rows are written, jsonl.py and its like know.

A key is `ID#LINE`, or `#LINE` where a row has no id: the line makes it unique without remembering a million of them.
Paths of pictures are relative to the table's folder. A bad row is a skip, never the end. What stands in a text column
is text, also where it looks like tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from rapidfuzz import process

from kyara.errors import SourceError
from kyara.flow import Input
from kyara.sources import places
from kyara.sources.fields import Columns, Row, UnusableError, first, key, words
from kyara.sources.rows import bad_row

ROLES = ("image", "tags", "text", "key")
_REMEMBERED = 1000


def chosen(given: Mapping[str, str], there: Sequence[str], where: str) -> Columns:
    """The columns to read: the user's own where `given` names one for a role, else the usual names.

    Raises SourceError for a role or a column that does not exist, and where there is nothing to describe at all.
    """
    columns = Columns()
    for role, column in given.items():
        if role not in ROLES:
            raise SourceError(f"{where}: a column cannot be given for {role!r}; {_nearest(role, ROLES)}")
        if column not in there:
            raise SourceError(f"{where}: has no column {column!r}; {_nearest(column, there)}")
        columns = columns.renamed(role, column)
    readable = (*columns.image, *columns.tags, *columns.text)
    if not any(name in there for name in readable):
        have = ", ".join(there[:20]) or "none"
        looked = ", ".join(readable)
        raise SourceError(f"{where}: no column to read; found {have}; looked for {looked}; name one, as tags=COLUMN")
    return columns


def _nearest(name: str, known: Sequence[str]) -> str:
    near = process.extractOne(name, known, score_cutoff=60)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}there are: {', '.join(known[:20])}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of one table say: its columns, the folder its pictures are relative to, and its own address."""

    columns: Columns
    folder: str
    uri: str
    _present: dict[tuple[str, ...], Columns] = field(default_factory=dict, repr=False, compare=False)

    def read(self, line: int, row: Row) -> Input:
        """The input a row stands for; with a skip where it cannot be read."""
        columns = self._columns_of(row)
        try:
            own = key(row, columns)
            tags, text, sightings = words(row, columns)
            image = self._image(row, columns) if columns.image else None
        except UnusableError as problem:
            return bad_row(self.uri, line, problem)
        reader = image and (partial(places.read, image) if isinstance(image, str) else partial(bytes, image))
        stamp = partial(places.settled, image) if isinstance(image, str) else None
        return Input(f"{own}#{line}", f"{self.uri}#{line}", reader or None, tags, text, sightings, stamp=stamp)

    def picture(self, row: Row) -> str | None:
        """The absolute path of a row's picture, None where it names none."""
        try:
            image = self._image(row, self.columns)
        except UnusableError:
            return None
        return image if isinstance(image, str) else None

    def _columns_of(self, row: Row) -> Columns:
        """The columns that this row has: rows with the same names are met again and again."""
        names = tuple(row)
        columns = self._present.get(names)
        if columns is None:
            if len(self._present) >= _REMEMBERED:
                self._present.clear()
            columns = self._present[names] = self.columns.among(names)
        return columns

    def _image(self, row: Row, columns: Columns) -> str | bytes | None:
        value = first(row, columns.image)
        if isinstance(value, dict):  # as Hugging Face datasets store it
            value = value.get("bytes") or value.get("path")
        if isinstance(value, str):
            if "://" in value:
                raise UnusableError(f"image is an address, {value:.80}; download it and give its path")
            return places.join(self.folder, value)
        if value is None or isinstance(value, bytes):
            return value
        raise UnusableError(f"image is {type(value).__name__}; expected a path or bytes")
