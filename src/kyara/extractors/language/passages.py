"""What a text says of each of its people, as passages of it; and whose account a view is given.

People are told apart by the rules of the text extractor, with Kyara's own vocabulary whatever the user's is, so that a
new vocabulary changes no passage and costs no pass of a network.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby

from kyara.extractors.text.account import Account, Said
from kyara.extractors.text.extractor import RULES, shared
from kyara.extractors.text.lexicon import Lexicon, compile_lexicon
from kyara.extractors.text.mentions import mark
from kyara.extractors.text.people import tell_apart
from kyara.flow import View
from kyara.vocabulary import load_vocabulary

_REMEMBERED = 1024  # texts: each is looked at first and interpreted after


@lru_cache(maxsize=_REMEMBERED)
def passages(text: str) -> tuple[str, ...]:
    """One passage a person where the text tells several apart, else the whole text; nothing of an empty one.

    A stretch of which the grammar does not tell whom it is about goes to all of them.
    """
    if not text.strip():
        return ()
    marked = mark(text, _lexicon())
    cast = tell_apart(marked)
    people = [n for n, person in enumerate(cast.people) if not person.bystander]
    if len(people) < 2:
        return (text,)
    stretches = []
    for owners, tokens in groupby(range(len(marked.tokens.words)), key=cast.owners.__getitem__):
        some = list(tokens)
        stretches.append((owners, marked.tokens.span(some[0], some[-1] + 1)))
    told = [" ".join(said for owners, said in stretches if n in owners or not owners) for n in people]
    return tuple(told) if all(told) else (text,)


def of_view(account: Account, view: View) -> dict[str, Said]:
    """The account of this view's person, or of all of them where the text cannot tell which it is: as the text
    extractor does it."""
    if len(account) == view.count and (view.count == 1 or not view.located):
        return account[view.index]
    return shared(account, view.count)


@cache
def passages_version() -> str:
    """A digest of all that `passages` depends on but the text."""
    english = files("kyara.extractors.text").joinpath("english.toml").read_bytes()
    return hashlib.sha256(f"{RULES}{load_vocabulary().digest}".encode() + english).hexdigest()[:16]


@cache
def _lexicon() -> Lexicon:
    return compile_lexicon(load_vocabulary())
