"""`kyara vocabulary`: look at the vocabulary, and check one's own before a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kyara.errors import VocabularyError
from kyara.extractors.tags import TagsExtractor
from kyara.extractors.text import TextExtractor
from kyara.vocabulary import Attribute, load_vocabulary

app = typer.Typer(no_args_is_help=True, help="Look at the vocabulary, or check one's own.")


@app.command()
def check(path: Annotated[Path, typer.Argument(help="A vocabulary TOML.")]) -> None:
    """Check a vocabulary file as a run would: exits 2 with file, key and remedy at the first mistake."""
    vocabulary = load_vocabulary(path)
    TagsExtractor(vocabulary)
    TextExtractor(vocabulary)
    labels = sum(len(attribute.labels) for attribute in vocabulary.attributes)
    print(f"{path}: good, {len(vocabulary.attributes)} attributes with {labels} labels")


@app.command()
def show(
    attribute: Annotated[str | None, typer.Argument(help="One attribute, in full.")] = None,
    vocabulary: Annotated[Path | None, typer.Option(help="TOML that adds to or replaces the built-in one.")] = None,
) -> None:
    """The attributes and their labels; of one attribute every word, tag and prompt."""
    loaded = load_vocabulary(vocabulary)
    console = Console()
    if attribute is None:
        table = Table("attribute", "kind", "labels", box=box.SIMPLE_HEAD, pad_edge=False)
        for one in loaded.attributes:
            table.add_row(one.name, one.kind, ", ".join(one.label_names))
        console.print(table)
    elif attribute in loaded:
        console.print(_in_full(loaded[attribute]))
    else:
        raise VocabularyError(f"attribute {attribute!r} is unknown; choose one of {', '.join(loaded.names)}")


def _in_full(attribute: Attribute) -> Table:
    table = Table("label", "prompts", "tags", "words and phrases", box=box.SIMPLE_HEAD, pad_edge=False)
    table.title = f"{attribute.name} ({attribute.kind}): {attribute.title}"
    for label in attribute.labels:
        words = ", ".join((*label.words, *label.phrases))
        table.add_row(label.name, escape("\n".join(label.prompts)), escape(", ".join(label.tags)), escape(words))
    return table
