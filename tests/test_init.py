"""`from kyara import extract`: loaded when asked for, and the main job in one call."""

from __future__ import annotations

import pytest

import kyara


def test_extract_describes_a_text() -> None:
    from kyara import extract

    (sample,) = extract(text="a girl with long red hair")
    assert sample.sightings[0].value("hair_color").labels == ("red",)


def test_what_is_announced_is_there_and_nothing_else() -> None:
    assert all(hasattr(kyara, name) for name in kyara.__all__)
    with pytest.raises(AttributeError, match="module 'kyara' has no attribute 'extrac'"):
        getattr(kyara, "extrac".strip())
