"""Queries over a catalogue: `parse` a text or write `where(…)` in Python, `found` sightings, `page` and count them.

found(catalogue, "hair_color=silver>0.8 and not accessories=glasses")
"""

from kyara.catalogue.query.grammar import QueryError, parse
from kyara.catalogue.query.tree import Query, where

__all__ = ["Query", "QueryError", "parse", "where"]
