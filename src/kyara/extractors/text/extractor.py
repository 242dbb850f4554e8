"""The `text` extractor: evidence and the number of characters out of a sample's English free text, by rules.

It gives each view its person's account. Where boxes make that impossible the account is shared and weighs less.
It knows no pixels and no tags, and never the batch beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from functools import lru_cache
from importlib.resources import files

from kyara.extractors.text.account import Account, Said, read_account
from kyara.extractors.text.lexicon import compile_lexicon
from kyara.flow import NOTHING, Kind, Reading, View
from kyara.records import Evidence, Sample, ranked
from kyara.vocabulary import Vocabulary

RULES = "2"  # raise when the rules change what is read
_REMEMBERED = 256  # texts: a batch is announced first and read after
_ONE_OF_SEVERAL = 0.6  # weight of an account of one person where several are to be seen


class TextExtractor:
    """Reads attributes out of free text; implements `Extractor` and `Announcer`."""

    name = "text"
    inputs: frozenset[Kind] = frozenset({"text"})
    batch_size = 256
    cost = 0.2

    def __init__(self, vocabulary: Vocabulary) -> None:
        english = files(__package__).joinpath("english.toml").read_bytes()
        self.version = hashlib.sha256(f"{RULES}{vocabulary.digest}".encode() + english).hexdigest()[:16]
        lexicon = compile_lexicon(vocabulary)
        self._account = lru_cache(maxsize=_REMEMBERED)(lambda text: read_account(text, lexicon))

    def announce(self, sample: Sample) -> int | None:
        """How many people the text describes; 0 where it says there are none, None where it is silent."""
        return self.people(sample.text) if sample.text else None

    def people(self, text: str) -> int | None:
        """`announce` for a bare text."""
        count: int | None = self._account(text)[0]
        return count

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        """One reading per view; evidence only for `attributes`."""
        return [self._read(view, attributes) for view in views]

    def _read(self, view: View, attributes: Collection[str]) -> Reading:
        if not view.text:
            return NOTHING
        account: Account = self._account(view.text)[1]
        if not account:
            return NOTHING
        said = _of_view(account, view)
        return Reading(tuple([self._evidence(a, s) for a, s in said.items() if a in attributes]))

    def _evidence(self, attribute: str, said: Said) -> Evidence:
        scores = tuple(said.scores.items()) if len(said.scores) == 1 else ranked(said.scores)
        return Evidence(self.name, self.version, attribute, scores, said.span)


def _of_view(account: Account, view: View) -> dict[str, Said]:
    """The account of this view's person, or of all of them where the text cannot tell which it is."""
    if len(account) == view.count and (view.count == 1 or not view.located):
        return account[view.index]
    return shared(account, view.count)


def shared(account: Account, count: int) -> dict[str, Said]:
    """What a text says of its people, to be said of any of `count`: a label weighs by how many it is said of."""
    attributes = dict.fromkeys(a for person in account for a in person)
    weight = _ONE_OF_SEVERAL if len(account) < count else 1.0
    merged = {}
    for attribute in attributes:
        parts = [person[attribute] for person in account if attribute in person]
        labels = dict.fromkeys(label for part in parts for label in part.scores)
        scores = {label: weight * sum(p.scores.get(label, 0.0) for p in parts) / len(account) for label in labels}
        merged[attribute] = Said(scores, tuple(dict.fromkeys(s for p in parts for s in p.span)))
    return merged
