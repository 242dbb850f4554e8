"""Kyara finds out who is in a picture and what they look like."""

__version__ = "0.1.0"
