"""Subwords for tiny tokenizers: the same in every process, which the trainers of `tokenizers` do not promise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Merges = list[tuple[str, str]]


def words_of(texts: Iterable[str], raw: Any) -> list[str]:
    """The distinct words of `texts` as the tokenizer `raw` parts them, in order."""
    normal = (raw.normalizer.normalize_str(text) if raw.normalizer else text for text in texts)
    return sorted({word for text in normal for word, _ in raw.pre_tokenizer.pre_tokenize_str(text)})


def byte_pairs(words: Iterable[str], first: Sequence[str], suffix: str = "") -> tuple[dict[str, int], Merges]:
    """A vocabulary that begins with the tokens `first`, and merges that build every word from its left end.

    `suffix` is what the last letter of a word ends with.
    """
    letters = ([*word[:-1], word[-1] + suffix] for word in words)
    pairs = {("".join(word[:i]), word[i]) for word in letters for i in range(1, len(word))}
    merges = sorted(pairs, key=lambda pair: (len("".join(pair)), pair))
    tokens = dict.fromkeys([*first, *("".join(pair) for pair in merges)])
    return {token: i for i, token in enumerate(tokens)}, merges


def word_pieces(words: Iterable[str], first: Sequence[str]) -> dict[str, int]:
    """A vocabulary of `first`, every letter at the start of a word and within, and the words themselves."""
    known = list(words)
    letters = sorted(set("".join(known)))
    tokens = dict.fromkeys([*first, *letters, *("##" + letter for letter in letters), *known])
    return {token: i for i, token in enumerate(tokens)}
