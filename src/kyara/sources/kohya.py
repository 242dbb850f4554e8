"""kohya's dataset configuration (TOML, sd-scripts `--dataset_config`): the training set as its trainer sees it.

Every subset is a folder, not searched below. A caption is the file with `caption_extension` (".caption" unless it says
otherwise), else `class_tokens`; with `metadata_file` it stands in that JSON. What only concerns training is passed
over, so a subset with `num_repeats` is read once, and one that several datasets name too.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kyara.errors import SourceError
from kyara.flow import Input, Shard, Source
from kyara.sources import files, places
from kyara.sources.chain import chain
from kyara.sources.document import RowsSource, by_picture, loaded
from kyara.sources.fields import Columns, Row
from kyara.sources.folder import EXTENSIONS, FolderSource, with_picture
from kyara.sources.table import Reading

DEFAULT_EXTENSION = ".caption"  # sd-scripts' own


@dataclass(frozen=True, slots=True)
class SubsetSource:
    """A folder whose pictures without a caption file are called `tokens`, and whose tags `separator` binds together."""

    name: str
    folder: FolderSource
    tokens: str | None
    separator: str | None

    def shards(self, size: int) -> Iterator[Shard]:
        words = repr((self.tokens, self.separator)).encode()
        for shard in self.folder.shards(size):
            fingerprint = files.digest([words, shard.fingerprint.encode()])
            yield Shard(shard.index, fingerprint, shard.count, partial(self._inputs, shard))

    def count(self) -> int | None:
        return self.folder.count()

    def _inputs(self, shard: Shard) -> Iterator[Input]:
        return map(self._captioned, shard.inputs())

    def _captioned(self, item: Input) -> Input:
        if item.skip is None and item.tags is None and item.text is None:
            return replace(item, tags=self.tokens)
        if self.separator and item.tags and self.separator in item.tags:
            return replace(item, tags=item.tags.replace(self.separator, ", "))
        return item


def open_kohya(address: str, columns: Mapping[str, str]) -> Source:
    """The subsets that the TOML at an address names. Raises SourceError for what sd-scripts would not read either."""
    name = places.place(address)
    try:
        config = tomllib.loads(places.read(address).decode())
        datasets = config["datasets"]
        chosen: dict[tuple[str, str], dict[str, Any]] = {}
        for subset in _subsets(config.get("general", {}), datasets):
            chosen.setdefault(_identity(subset), subset)
    except (OSError, ValueError) as error:
        raise SourceError(f"{name}: cannot be read as TOML: {error}; correct it") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{name}: names no subset; write [[datasets]] with [[datasets.subsets]] in it") from error
    sources = [_source(subset, name, places.folder_of(address)) for subset in chosen.values()]
    if not sources:
        raise SourceError(f"{name}: names no subset; write [[datasets.subsets]] with an image_dir")
    return chain(sources)


def _subsets(general: Mapping[str, Any], datasets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every subset with what it inherits: the nearer setting wins."""
    for dataset in datasets:
        for subset in dataset["subsets"]:
            yield {**general, **{key: value for key, value in dataset.items() if key != "subsets"}, **subset}


def _identity(subset: Mapping[str, Any]) -> tuple[str, str]:
    return str(subset.get("image_dir", "")), str(subset.get("metadata_file", ""))


def _source(subset: Mapping[str, Any], name: str, beside: str) -> Source:
    where = subset.get("image_dir")
    folder = _path(where, beside) if isinstance(where, str) else None
    if isinstance(metadata := subset.get("metadata_file"), str):
        return _listed(_path(metadata, beside), folder)
    if folder is None:
        raise SourceError(f"{name}: a subset has neither image_dir nor metadata_file; name the folder of its pictures")
    kind = str(subset.get("caption_extension", DEFAULT_EXTENSION)).lower()
    pictures = with_picture(FolderSource(places.place(folder), folder, kinds=(kind,), deep=False))
    return SubsetSource(pictures.name, pictures, subset.get("class_tokens"), subset.get("secondary_separator"))


def _path(path: str, beside: str) -> str:
    """sd-scripts takes a relative path from where it is started; beside the configuration comes first here."""
    near = places.join(beside, path)
    return near if places.is_url(near) or os.path.exists(near) else os.path.abspath(path)


def _listed(address: str, folder: str | None) -> RowsSource:
    """The pictures that a metadata file names; its keys may lack folder and ending."""
    content = loaded(address)
    if not isinstance(content, dict):
        raise SourceError(f"{places.place(address)}: holds no object; expected one by paths of pictures")
    folder = folder or places.folder_of(address)
    by_stem = {
        os.path.splitext(entry.name)[0]: entry.name
        for entry in places.listed(folder)
        if entry.name.lower().endswith(EXTENSIONS)
    }
    rows: list[Row] = [{**row, "image": by_stem.get(str(row["image"]), row["image"])} for row in by_picture(content)]
    return RowsSource(places.place(address), Reading(Columns(), folder, places.uri(address)), tuple(rows))
