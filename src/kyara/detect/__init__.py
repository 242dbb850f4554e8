"""Heads, faces and persons in pictures: detectors, and the pairing of what they find into sightings."""

from kyara.detect.pairing import paired

__all__ = ["paired"]
