"""Options that several commands have, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kyara.errors import SettingsError
from kyara.settings import NO_CATALOGUE, load_settings

Extractors = Annotated[str | None, typer.Option(help="Comma-separated, as for kyara extract. [default: auto]")]
Detectors = Annotated[
    str | None, typer.Option(help="Comma-separated: auto, none, anime-face, anime-person, photo-face …")
]
Clip = Annotated[str | None, typer.Option(help="Hub id or folder of the CLIP or SigLIP to use.")]
VocabularyFile = Annotated[
    Path | None, typer.Option("--vocabulary", help="TOML that adds to or replaces the vocabulary.")
]
MinConfidence = Annotated[float | None, typer.Option(help="Below this a value is not decided. [default: 0.5]")]
MaxRisk = Annotated[
    float | None, typer.Option(help="Of the decided values at most this share may be wrong: 0.1 is one in ten.")
]
Column = Annotated[list[str] | None, typer.Option(help="Table column, as tags=tag_string; key, image, tags, text.")]
Limit = Annotated[int | None, typer.Option(help="Only the first so many samples.")]
Config = Annotated[Path | None, typer.Option(help="Settings file, TOML or YAML: everything kyara extract can be told.")]
Cache = Annotated[
    str | None, typer.Option(help="Cache of raw model outputs: a folder, redis://…, FOLDER,redis://…, or none.")
]
Catalogue = Annotated[
    str | None, typer.Option("--catalogue", help="Catalogue: a file, postgresql://…, or none. [default: kyara.db]")
]
Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more; twice for everything.")]
JsonLogs = Annotated[bool, typer.Option("--json-logs", help="Log as JSON lines on stderr.")]


def catalogue_at(where: str | None) -> str:
    """The catalogue asked for, else that of the settings. Raises SettingsError for none."""
    found = load_settings(catalogue=where).catalogue
    if found == NO_CATALOGUE:
        raise SettingsError("there is no catalogue (--catalogue none); name a file or an address")
    return found
