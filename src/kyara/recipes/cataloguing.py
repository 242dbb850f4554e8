"""Results into the catalogue of the settings: checked before a run starts, filled when it has ended."""

from __future__ import annotations

from pathlib import Path

from kyara.catalogue import opened
from kyara.catalogue.ingest import Ingested, Watch, ingest


def see_writable(where: str) -> None:
    """See that the catalogue can be written, so that a run does not end in finding out. Raises CatalogueError."""
    with opened(where, write=True) as catalogue, catalogue.writing():
        pass


def into_catalogue(where: str, result: Path, watch: Watch = lambda rows: None, again: bool = False) -> Ingested:
    """Bring the result folder in. Raises CatalogueError; the results are whole all the same."""
    with opened(where, write=True) as catalogue:
        return ingest(catalogue, result, watch, again)
