"""`from kyara import extract`: the main job from Python, for a picture, a text, or any source."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

from kyara.flow import Source
from kyara.recipes.run import Result, prepare, run_here, run_into, sources_of
from kyara.results.folder import ResultFolder
from kyara.settings import load_settings
from kyara.sources.memory import images_source, texts_source


def extract(
    source: Any = None,
    *,
    text: str | list[str] | None = None,
    out: str | Path | None = None,
    config: str | Path | None = None,
    force: bool = False,
    **settings: Any,
) -> Result:
    """Describe pictures and texts.

    `source` is a path (picture, folder, table, file of descriptions) or a list of paths, a picture in memory (encoded
    bytes, PIL image, uint8 array of shape (h, w), (h, w, 3) or (h, w, 4)) or a list of those, or a `Source`; `text` is
    one description or several. With `out` the results go to that folder, where a second call goes on, else they are
    kept in memory. `settings` are those of the command line (`extractors="tags,text"`, `min_confidence=0.7` …).
    Raises KyaraError before the first sample when anything asked for cannot be done; a bad sample has a `skip`.
    """
    job = prepare(_source(source, text), load_settings(Path(config) if config else None, **settings))
    stop = Event()
    if out is None:
        return run_here(job, stop, _quiet)
    tally = run_into(job, Path(out), force, stop, _quiet)
    return Result(tally, None, ResultFolder(Path(out)))


def _source(source: Any, text: str | list[str] | None) -> Source:
    texts = [text] if isinstance(text, str) else list(text or ())
    if source is None:
        return sources_of([], texts, {})
    if hasattr(source, "shards"):
        found: Source = source
        return found
    items = source if isinstance(source, list | tuple) else [source]
    if all(isinstance(item, str | Path) for item in items):
        return sources_of(items, texts, {})
    if texts:
        return images_source(items, texts)
    return images_source(items)


def _quiet(done: int, skipped: int) -> None:
    """Nobody watches."""
