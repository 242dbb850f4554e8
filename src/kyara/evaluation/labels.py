"""True attributes out of the rows of a table: a column an attribute, or a nested `attributes`, one or one a character.

Labels are read through the vocabulary, in any of their spellings. Empty (nothing, "", []) is unlabelled, `none` says
that no label applies, `a|b` or a list names several. How rows are written in a file is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from kyara.errors import SourceError, VocabularyError
from kyara.vocabulary import Vocabulary, plain_name

Row = Mapping[str, object]
Truth = Mapping[str, tuple[str, ...]]  # attribute → its true labels; () where none applies; unlabelled: absent

NESTED = "attributes"
NONE = "none"
_SHOWN = 3  # unknown labels named in one error
_ALIKE = 80  # of 100: from here on a column is taken for a misspelt attribute


class FaultError(ValueError):
    """A row whose labels cannot be read; says why."""


@dataclass(slots=True)
class Labels:
    """`truths` by the row's number, one a character; `faults` by number too; `unread` columns that look like an
    attribute's name, with the name they look like."""

    truths: dict[int, tuple[Truth, ...]] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


def read_labels(rows: Iterable[tuple[int, Row | str]], vocabulary: Vocabulary, where: str) -> Labels:
    """The labels of numbered rows; a text in place of a row says what is wrong with it.

    Raises VocabularyError naming row, label and the nearest one for labels or attributes that are unknown, SourceError
    where no row has a column of an attribute.
    """
    labels, unknown, columns = Labels(), dict[int, str](), dict[str, None]()
    for number, row in rows:
        if isinstance(row, str):
            labels.faults[number] = row
            continue
        columns.update(dict.fromkeys(row))
        try:
            labels.truths[number] = truths_of(row, vocabulary)
        except FaultError as fault:
            labels.faults[number] = str(fault)
        except VocabularyError as error:
            unknown[number] = str(error)
    if unknown:
        raise VocabularyError(f"{where}: {_said(unknown)}")
    _see_columns(labels, list(columns), vocabulary, where)
    return labels


def truths_of(row: Row, vocabulary: Vocabulary) -> tuple[Truth, ...]:
    """The truth of each character of a row. Raises FaultError, or VocabularyError for an unknown name."""
    flat = {name: row[name] for name in row if plain_name(name) in vocabulary}
    nested = row.get(NESTED)
    if nested is None or nested == "":
        return (_truth(flat, vocabulary),)
    several = [one for one in (nested if isinstance(nested, list) else [nested]) if isinstance(one, Mapping)]
    if not several or (isinstance(nested, list) and len(several) < len(nested)):
        raise FaultError(f"{NESTED} is {nested!r:.60}; expected an object of labels, or a list, one for a character")
    if flat and len(several) != 1:
        raise FaultError(f"labels {len(several)} characters in {NESTED} and one in {', '.join(flat)}; write them once")
    return tuple(_truth({**flat, **one}, vocabulary) for one in several)


def _truth(given: Row, vocabulary: Vocabulary) -> Truth:
    truth = {}
    for name, value in given.items():
        texts = _texts(name, value)
        if not texts:
            continue
        attribute = plain_name(name)
        found = [_resolved(vocabulary, name, text) for text in texts]
        labels = tuple(dict.fromkeys(label for label in found if label is not None))
        if labels and None in found:
            raise FaultError(f"{name} is {value!r:.60}: none and a label too; leave one of them")
        if len(labels) > 1 and vocabulary[attribute].one_of:
            raise FaultError(f"{name} is {value!r:.60}: its labels exclude one another; give one")
        truth[attribute] = labels
    return truth


def _texts(name: str, value: object) -> list[str]:
    if value is None:
        return []
    texts = value if isinstance(value, list) else value.split("|") if isinstance(value, str) else None
    if texts is None or not all(isinstance(text, str) for text in texts):
        raise FaultError(f"{name} is {value!r:.60}; expected a label, several as a|b or in a list, or nothing")
    return [text for text in texts if text.strip()]


def _resolved(vocabulary: Vocabulary, attribute: str, text: str) -> str | None:
    """The label, None for the word none (where it is not a label itself)."""
    try:
        return vocabulary.resolve(attribute, text)[1]
    except VocabularyError:
        if plain_name(attribute) in vocabulary and plain_name(text) == NONE:
            return None
        raise


def _said(unknown: Mapping[int, str]) -> str:
    """The first of each kind of mistake, with its row, and how many more there are."""
    first = {text: number for number, text in reversed(list(unknown.items()))}
    shown = [f"row {number}: {text}" for text, number in sorted(first.items(), key=lambda one: one[1])][:_SHOWN]
    more = len(unknown) - len(shown)
    return "; ".join(shown) + (f"; {more} more row{'s' * (more > 1)} with unknown names" if more else "")


def _see_columns(labels: Labels, columns: list[str], vocabulary: Vocabulary, where: str) -> None:
    if columns and NESTED not in columns and not any(plain_name(name) in vocabulary for name in columns):
        some = ", ".join(vocabulary.names[:4])
        raise SourceError(
            f"{where}: no true attribute in it; found columns {', '.join(columns[:20])}; "
            f"write one a column ({some} …), or all in {NESTED}"
        )
    for name in columns:
        near = process.extractOne(plain_name(name), vocabulary.names, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if near and plain_name(name) not in vocabulary:
            labels.unread[name] = near[0]
