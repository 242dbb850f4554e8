"""`kyara export FORMAT`: what a query finds, or a whole result, as tables, picture folders and training sets."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from kyara.cli.options import Catalogue, catalogue_at
from kyara.errors import SettingsError
from kyara.exports.captions import Style
from kyara.exports.kohya import Plan
from kyara.exports.pictures import Part
from kyara.recipes import exporting
from kyara.recipes.exporting import Chosen, Exported, Look
from kyara.vocabulary import load_vocabulary

app = typer.Typer(no_args_is_help=True, help="Hand on what was found: tables, picture folders, training sets.")

Where = Annotated[str | None, typer.Option(help="A query, as for kyara find: hair_color=pink and not glasses.")]
From = Annotated[Path | None, typer.Option("--from", help="A results folder instead of the catalogue: all of it.")]
Out = Annotated[Path, typer.Option(help="The file or folder to write.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an earlier export.")]
VocabularyPath = Annotated[Path | None, typer.Option("--vocabulary", help="The vocabulary, when not the built-in one.")]
Crop = Annotated[
    Literal["head", "body"] | None, typer.Option(help="Cut out heads or bodies instead of whole pictures.")
]
Margin = Annotated[float, typer.Option(min=0, max=2, help="How much wider than its box a crop is, to every side.")]
Trigger = Annotated[str, typer.Option(help="A word that begins every caption, in place of the name it stands for.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Leave out what a name stands for: traits nearly all its pictures share.")
]
Underscores = Annotated[bool, typer.Option("--underscores", help="Write long_hair, not long hair.")]
Words = Annotated[Literal["tags", "text"], typer.Option(help="Captions of tags, or of text where there is some.")]


@app.command()
def jsonl(out: Out, where: Where = None, from_: From = None, catalogue: Catalogue = None, force: Force = False) -> None:
    """One JSON object a sample, with everything that is known of it."""
    with _chosen(where, from_, catalogue) as chosen:
        _say(exporting.export_jsonl(chosen, out, force), "samples", out)


@app.command()
def csv(
    out: Out,
    where: Where = None,
    from_: From = None,
    catalogue: Catalogue = None,
    vocabulary: VocabularyPath = None,
    force: Force = False,
) -> None:
    """One row a sighting: its answers and how sure they are."""
    with _chosen(where, from_, catalogue) as chosen:
        _say(exporting.export_csv(chosen, out, load_vocabulary(vocabulary), force), "sightings", out)


@app.command()
def parquet(
    out: Out,
    by: Annotated[str | None, typer.Option(help="Divide into folders by this attribute: hair_color=pink/ …")] = None,
    where: Where = None,
    from_: From = None,
    catalogue: Catalogue = None,
    vocabulary: VocabularyPath = None,
    force: Force = False,
) -> None:
    """The same rows as a folder of Parquet (zstd)."""
    with _chosen(where, from_, catalogue) as chosen:
        _say(exporting.export_parquet(chosen, out, load_vocabulary(vocabulary), by, force), "sightings", out)


def _pictures(format: exporting.PictureFormat, about: str) -> None:
    """Add the command that writes pictures in `format`; they differ in nothing but that."""

    @app.command(format, help=about)
    def command(
        out: Out,
        where: Where = None,
        from_: From = None,
        crop: Crop = None,
        margin: Margin = 0.0,
        trigger: Trigger = "",
        prune: Prune = False,
        underscores: Underscores = False,
        captions: Words = "tags",
        catalogue: Catalogue = None,
        vocabulary: VocabularyPath = None,
        force: Force = False,
    ) -> None:
        look = _look(crop, margin, Style(trigger, "", underscores, captions), prune)
        with _chosen(where, from_, catalogue) as chosen:
            done = exporting.export_pictures(chosen, format, out, load_vocabulary(vocabulary), look, Plan(), force)
            _say(done, "pictures", out)


_pictures("imagefolder", "Pictures and metadata.jsonl with captions, labels and boxes, for Hugging Face datasets.")
_pictures("diffusers", "Pictures and metadata.jsonl with captions, for the diffusers trainers.")
_pictures("webdataset", "Tars of picture, caption and description, for WebDataset.")


@app.command()
def kohya(
    out: Annotated[Path | None, typer.Option(help="The folder to write.")] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Write captions beside the pictures; what they replace is kept.")
    ] = False,
    where: Where = None,
    from_: From = None,
    crop: Crop = None,
    margin: Margin = 0.0,
    trigger: Trigger = "",
    prune: Prune = False,
    repeats: Annotated[int, typer.Option(min=1, help="How often a picture is seen in an epoch.")] = 1,
    separator: Annotated[str, typer.Option(help="Between what stays first and what is shuffled; '' for none.")] = "|||",
    underscores: Underscores = False,
    captions: Words = "tags",
    catalogue: Catalogue = None,
    vocabulary: VocabularyPath = None,
    force: Force = False,
) -> None:
    """Pictures, captions and dataset.toml for kohya's sd-scripts, in a new folder or beside the pictures."""
    if in_place == (out is not None) or (in_place and crop):
        raise SettingsError("kohya writes either to --out FOLDER or --in-place, and crops to a folder only")
    look = _look(crop, margin, Style(trigger, separator, underscores, captions), prune)
    plan = Plan(repeats, separator, trigger or "pictures")
    with _chosen(where, from_, catalogue) as chosen:
        if out is None:
            _say(exporting.caption_in_place(chosen, load_vocabulary(vocabulary), look, plan), "captions", None)
        else:
            done = exporting.export_pictures(chosen, "kohya", out, load_vocabulary(vocabulary), look, plan, force)
            _say(done, "pictures", out)
            check = f"kyara dataset check {shlex.quote(str(out))}"
            Console(stderr=True).print(f"next: [bold]{check}[/]", highlight=False, soft_wrap=True)


def _look(crop: Literal["head", "body"] | None, margin: float, style: Style, prune: bool) -> Look:
    part: Part = crop or "whole"
    return Look(part, margin, style, prune)


@contextmanager
def _chosen(where: str | None, result: Path | None, catalogue: str | None) -> Iterator[Chosen]:
    if result is not None:
        if where is not None:
            raise SettingsError("--where asks the catalogue, --from a results folder; give one of them")
        yield exporting.of_result(result)
        return
    from kyara.catalogue import opened  # the tables above need no database

    with opened(catalogue_at(catalogue)) as there:
        yield exporting.of_catalogue(there, where)


def _say(done: Exported, what: str, out: Path | None) -> None:
    console = Console(stderr=True)
    for reason, count in done.left_out.most_common():
        console.print(f"[yellow]left out: {count:,}[/] × {reason}", highlight=False)
    how = ", ".join(f"{count:,} {word}" for word, count in done.beside.items())
    where = f" to [bold]{out}[/]" if out else f" beside the pictures: {how}"
    console.print(f"{done.written:,} {what} written{where}", highlight=False, soft_wrap=True)
