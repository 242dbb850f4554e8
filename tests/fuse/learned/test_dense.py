"""Evidence as arrays: silence is even, the context says who agrees elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.fuse.examples import About
from kyara.fuse.learned.dense import GLOBALS, PAIRS, Dense, context_size

from .data import VOCABULARY, evidence

WHO = ("builtin", "tags")
AGREE = [evidence("tags", "hair_color", red=0.9), evidence("builtin", "hair_color", red=0.9),
         evidence("tags", "eye_color", blue=0.9), evidence("builtin", "eye_color", red=0.9)]  # fmt: skip


def test_silence_is_an_even_distribution() -> None:
    dense = Dense.of([([AGREE[0]], About())], VOCABULARY, WHO)
    assert dense.speaks["hair_color"].tolist() == [[False, True]]
    count = len(VOCABULARY["hair_color"].labels)
    assert dense.chances["hair_color"][0, 0] == pytest.approx([1 / count] * count)
    assert dense.chances["hair_color"][0, 1].max() == 0.9


def test_the_context_of_one_attribute_is_what_is_said_of_the_others() -> None:
    dense = Dense.of([(AGREE, About(tags=53, words=0))], VOCABULARY, WHO)
    contexts = dense.contexts(["hair_color", "eye_color"])
    assert contexts["hair_color"].shape == (1, 2, context_size(2))
    of_tags = contexts["hair_color"][0, 1]
    assert of_tags[: len(GLOBALS)] == pytest.approx([1.0, np.log(54) / 4, 0.0])
    blocks = dict(zip(PAIRS, of_tags[len(GLOBALS) :].reshape(len(PAIRS), 2)[:, 0], strict=True))
    assert blocks["speaks"] == blocks["met elsewhere"] == 1
    assert blocks["agrees"] == pytest.approx(1.0)
    assert blocks["agrees elsewhere"] < 0.2
    assert contexts["eye_color"][0, 1][len(GLOBALS) :].reshape(len(PAIRS), 2)[3, 0] == pytest.approx(1.0)


def test_who_was_not_asked_is_silent() -> None:
    dense = Dense.of([(AGREE, About())], VOCABULARY, WHO).heard(np.array([True, False]))
    alone = Dense.of([([AGREE[1], AGREE[3]], About())], VOCABULARY, WHO)
    for name in ("hair_color", "eye_color"):
        assert np.array_equal(dense.speaks[name], alone.speaks[name])
        assert dense.chances[name] == pytest.approx(alone.chances[name])
        assert dense.contexts([name])[name] == pytest.approx(alone.contexts([name])[name])


def test_a_part_of_the_rows() -> None:
    dense = Dense.of([(AGREE, About()), (AGREE[:1], About(tags=1))], VOCABULARY, WHO)
    part = dense.take(np.array([1]))
    assert len(part) == 1
    assert part.speaks["hair_color"].tolist() == [[False, True]]
