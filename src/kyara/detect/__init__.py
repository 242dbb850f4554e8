"""Heads, faces and persons in pictures: detectors, and the pairing of what they find into sightings."""

from kyara.detect.pairing import CROWD, paired

__all__ = ["CROWD", "paired"]
