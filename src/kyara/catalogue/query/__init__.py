"""Queries over a catalogue: `parse` a text or write `where(…)` in Python, `found` sightings, `page` and count them.

found(catalogue, "hair_color=silver>0.8 and not accessories=glasses")
"""

from kyara.catalogue.query.evaluate import found, skipped
from kyara.catalogue.query.grammar import QueryError, parse
from kyara.catalogue.query.pages import Hit, Page, facets, page
from kyara.catalogue.query.tree import Query, where

__all__ = ["Hit", "Page", "Query", "QueryError", "facets", "found", "page", "parse", "skipped", "where"]
