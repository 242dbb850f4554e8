"""`selected_tags.csv` of a tagger: which output of the network is which tag, and of which category.

It reads the columns name and category (0 general, 4 character, 9 rating); what a tag means is the tag map's business.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kyara.errors import WeightsError

Category = Literal["general", "character", "rating"]
_CATEGORIES: dict[str, Category] = {"0": "general", "4": "character", "9": "rating"}


@dataclass(frozen=True, slots=True)
class Tag:
    """One output of the network: its name in Danbooru's spelling (`long_hair`, `^_^`) and its category.

    A blanked row (`,,,`) keeps its place under the name "": such an output says nothing.
    """

    name: str
    category: Category

    @property
    def exported(self) -> str:
        """The name among raw tags; ratings say what they are: `rating:general`."""
        return f"rating:{self.name}" if self.category == "rating" else self.name


def read_tag_list(path: Path) -> tuple[Tag, ...]:
    """The tags in the order of the network's outputs. Raises WeightsError where the file is no such list."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if not {"name", "category"} <= set(rows.fieldnames or ()):
            raise WeightsError(
                f"tag list {path}: columns {rows.fieldnames} found; tag_id,name,category,count are expected: "
                "fetch the tagger again with `kyara models pull`"
            )
        return tuple(_tag(row, path, rows.line_num) for row in rows)


def _tag(row: dict[str, str], path: Path, line: int) -> Tag:
    if not row["name"]:
        return Tag("", "general")
    if row["category"] not in _CATEGORIES:
        raise WeightsError(
            f"tag list {path}, line {line}: category {row['category']!r} found; 0, 4 or 9 is expected: "
            "choose a WD tagger, such as SmilingWolf/wd-vit-tagger-v3"
        )
    return Tag(row["name"], _CATEGORIES[row["category"]])
