"""A reader of texts for the tests of the text extractor: what is said of each person, and a small vocabulary."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kyara.extractors.text.account import read_account
from kyara.extractors.text.lexicon import Lexicon, compile_lexicon
from kyara.vocabulary import load_vocabulary

People = list[dict[str, dict[str, float]]]


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return compile_lexicon(load_vocabulary())


@pytest.fixture(scope="session")
def people(lexicon: Lexicon) -> Callable[[str], People]:
    """Text → for each person, attribute → label → probability."""
    return lambda text: [{a: said.scores for a, said in p.items()} for p in read_account(text, lexicon)[1]]


@pytest.fixture(scope="session")
def answers(people: Callable[[str], People]) -> Callable[[str], dict[str, set[str]]]:
    """Text about one person → attribute → labels of probability at least 0.5."""

    def answered(text: str) -> dict[str, set[str]]:
        found = people(text)
        assert len(found) <= 1, f"one person expected, {len(found)} found"
        said = found[0] if found else {}
        given = {a: {label for label, p in scores.items() if p >= 0.5} for a, scores in said.items()}
        return {a: labels for a, labels in given.items() if labels}

    return answered
