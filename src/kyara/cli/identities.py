"""What the commands about identities share: the gallery, the run that looks at heads, and a threshold in words."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path
from rich.console import Console
from rich.markup import escape

from kyara.identity.gallery import Gallery, Known
from kyara.identity.spaces import spaces
from kyara.identity.threshold import Threshold
from kyara.settings import Settings, load_settings

AUTO, WITH_BUILTIN = ("auto",), ("auto", "builtin")

GalleryPath = Annotated[Path | None, typer.Option("--gallery", help="Gallery folder. [default: the user's own]")]
Space = Annotated[str | None, typer.Option(help="Embedding space, as builtin, clip-head. [default: the best there is]")]
Crops = Annotated[
    bool, typer.Option("--crops", help="Pictures are cut-out heads: one in which none is found is one itself.")
]


def gallery_at(path: Path | None) -> Gallery:
    """The gallery at `path`, else the user's own."""
    return Gallery(path or user_data_path("kyara") / "gallery")


def known_at(console: Console, gallery: Gallery) -> Known:
    """The gallery as it stands; damaged lines of its journal are named."""
    known = gallery.known()
    if known.damaged:
        lines = ", ".join(map(str, known.damaged))
        where = f"gallery {gallery.path}: journal.jsonl is damaged at line {lines}"
        console.print(f"[yellow]{escape(where)}[/]; what that said is lost, all else is here", soft_wrap=True)
    return known


def settings_with(
    config: Path | None,
    extractors: str | None,
    detectors: str | None,
    clip: str | None,
    cache: str | None,
    limit: int | None = None,
    catalogue: str | None = None,
) -> Settings:
    """The settings of a run; workers do not share a gallery, so there is one process.

    `auto` asks builtin too, whatever else is here: it is cheap, and was trained to tell characters apart.
    """
    given = {"extractors": extractors, "detectors": detectors, "cache": cache, "limit": limit, "catalogue": catalogue}
    settings = load_settings(config, **given, clip={"model": clip} if clip else None, workers=1)
    if settings.extractors == AUTO and files("kyara.builtin").joinpath("faces.onnx").is_file():
        return settings.model_copy(update={"extractors": WITH_BUILTIN})
    return settings


def said(threshold: Threshold, space: str) -> str:
    """A threshold and how far to trust it, in words."""
    for_far = "" if threshold.far is None else f" for a false-accept rate of {threshold.far:.3g}"
    mistaken = f"{threshold.mistaken} of {threshold.enrolled} enrolled pictures reach it with another character"
    about = f" ({spaces()[space]['about']})" if space in spaces() else ""
    return f"space {space}{about}: known from {threshold.value:.3f} on{for_far}, {threshold.basis}; {mistaken}"
