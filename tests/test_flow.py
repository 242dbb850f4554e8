"""Views: which box is looked at for which part of a character."""

from __future__ import annotations

import pytest

from kyara.flow import View
from kyara.records import Box, Sample, Sighting

HEAD: Box = (100.0, 50.0, 140.0, 100.0)
BODY: Box = (80.0, 40.0, 200.0, 400.0)
CASES = {
    "both": (HEAD, BODY, HEAD, BODY),
    "only a body": (None, BODY, None, BODY),
    "only a head": (HEAD, None, HEAD, (60.0, 50.0, 180.0, 400.0)),
    "neither": (None, None, None, None),
}


@pytest.mark.parametrize("case", CASES)
def test_hair_is_looked_for_on_the_head_and_dress_on_the_body(case: str) -> None:
    head, body, for_head, for_body = CASES[case]
    view = View(Sample("k", "i", "u", sightings=(Sighting(head, body),)), 0)
    assert view.box("head") == for_head
    assert view.box("body") == for_body
