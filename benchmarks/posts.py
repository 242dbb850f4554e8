"""A table of tag strings as large as a benchmark wants, written without ever holding it.

The strings are `tags_speed.distinct_posts` of the real posts: recombined, all distinct, the share of unknown tags kept.
Whoever measures a child's peak memory must stay small itself: Linux counts into it what its parent held at the start.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from kyara.vocabulary import load_vocabulary
from tags_speed import distinct_posts

POSTS = Path(__file__).resolve().parents[2] / "shared/data/tags/danbooru_posts.csv"
CHUNK = 5_000


def write_table(path: Path, posts: Path, rows: int) -> int:
    """Write JSONL of `rows` rows {"id", "tags"} made from the CSV of real `posts`; returns how many are distinct."""
    known = {tag for a in load_vocabulary().attributes for label in a.labels for tag in label.tags}
    with posts.open(encoding="utf-8", newline="") as lines:
        real = [row["tags"].split() for row in csv.DictReader(lines)]
    seen: set[int] = set()  # hashes: 1,000,000 strings would be 400 MB
    with path.open("w", encoding="utf-8") as file:
        for first in range(0, rows, CHUNK):
            texts = distinct_posts(real, known, min(CHUNK, rows - first), seed=first)
            seen.update(map(hash, texts))
            file.writelines(json.dumps({"id": first + i, "tags": text}) + "\n" for i, text in enumerate(texts))
    return len(seen)
