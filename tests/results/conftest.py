"""Arbitrary and plain samples for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from kyara.records import Evidence, Reason, Sample, Sighting, Skip, Value


@pytest.fixture
def described() -> Callable[..., Sample]:
    """A sample with one decided value, or with a skip."""

    def make(key: str, skip: bool = False, label: str = "red") -> Sample:
        content = sha256(key.encode()).hexdigest()
        if skip:
            return Sample(key, content, key, skip=Skip("open", Reason.TRUNCATED, "half of it"))
        evidence = Evidence("tags", "1", "hair_color", ((label, 0.9),), (f"{label}_hair",))
        value = Value("hair_color", (label,), 0.9, True, evidence.scores, ("tags",))
        return Sample(key, content, key, tags=label, sightings=(Sighting(evidence=(evidence,), values=(value,)),))

    return make
