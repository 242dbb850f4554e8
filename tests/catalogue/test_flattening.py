"""Confidence goes into its bucket, whichever side of a twentieth it lies on."""

from __future__ import annotations

import numpy as np

from kyara.catalogue.flattening import buckets


def test_a_twentieth_has_a_bucket_of_its_own() -> None:
    for k in range(21):
        edge = k / 20
        near = np.array([np.nextafter(edge, -1), edge, np.nextafter(edge, 2)])
        assert buckets(near).tolist() == [max(0, 2 * k - 1), 2 * k, min(40, 2 * k + 1)], edge
    assert buckets(np.array([], float)).tolist() == []
