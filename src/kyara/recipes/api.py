"""`from kyara import extract`: the main job from Python, for a picture, a text, or any source."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from kyara.errors import SourceError
from kyara.flow import Input, Source
from kyara.images import encoded
from kyara.recipes.run import Result, prepare, run_here, run_into, source_of
from kyara.settings import load_settings
from kyara.sources import given


def extract(
    source: Any = None,
    *,
    text: str | None = None,
    tags: str | None = None,
    out: str | Path | None = None,
    config: str | Path | None = None,
    force: bool = False,
    again: Sequence[str] = (),
    **settings: Any,
) -> Result:
    """Describe pictures, tags and texts.

    `source` is a path (picture, folder, table, file of descriptions), a picture in memory (encoded bytes, PIL image,
    uint8 array of shape (h, w), (h, w, 3) or (h, w, 4)), a list of paths or of pictures, or any `Source`. `text` and
    `tags` belong to the one picture in memory given as `source`, or stand alone. With `out` the results go to that
    folder, where a second call goes on, with `again` ("missing", reasons of skips) also with what failed; else they are
    kept in memory. `settings` are those of the command line:
    `extractors="tags,text"`, `min_confidence=0.7` … Raises KyaraError before the first sample when what is asked for
    cannot be done; a bad sample has a `skip`.
    """
    loaded = load_settings(Path(config) if config else None, **settings)
    job = prepare(_source(source, text, tags), loaded, workers=1, again=again)
    if out is None:
        return run_here(job, Event(), _nobody_watches)
    return run_into(job, Path(out), force, Event(), _nobody_watches)


def _source(source: Any, text: str | None, tags: str | None) -> Source:
    if text is None and tags is None:
        if hasattr(source, "shards"):
            found: Source = source
            return found
        items = source if isinstance(source, list | tuple) else [source]
        if items and all(isinstance(item, str | Path) for item in items):
            return source_of(items, [], {})
        return given(*(item for item in items if item is not None))
    if source is None:
        return given(Input("#1", "memory:given#1", tags=tags, text=text))
    if isinstance(source, str | Path | list | tuple) or hasattr(source, "shards"):
        raise SourceError("text and tags belong to one picture in memory; beside files they are sidecars or columns")
    return given(Input("#1", "memory:given#1", partial(bytes, encoded(source)), tags, text))


def _nobody_watches(done: int, skipped: int) -> None:
    pass
