"""Tag lists: the real one of the WD14 taggers, and files that are none."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from kyara.errors import WeightsError
from kyara.extractors.tagger.tag_list import Tag, read_tag_list
from kyara.extractors.tags.meanings import Lexicon
from kyara.extractors.tags.syntax import Written
from kyara.vocabulary import load_vocabulary

HEADER = "tag_id,name,category,count\n"


def test_names_stay_as_danbooru_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "selected_tags.csv"
    path.write_text(HEADER + '9,general,9,1\n1,^_^,0,1\n,,,\n2,"a,b",0,1\n3,saber_(fate),4,1\n', encoding="utf-8")
    tags = read_tag_list(path)
    assert [tag.category for tag in tags] == ["rating", "general", "general", "general", "character"]
    assert [tag.exported for tag in tags] == ["rating:general", "^_^", "", "a,b", "saber_(fate)"]


@pytest.mark.parametrize(
    ("text", "said"), [("", "columns None"), ("a,b\n1,2\n", "columns"), (HEADER + "1,x,7,1\n", "line 2: category '7'")]
)
def test_what_is_no_tag_list_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "selected_tags.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WeightsError, match=said):
        read_tag_list(path)


def test_the_real_list_is_read_and_almost_half_of_its_tags_by_use_say_something(
    shared_data: Callable[[str], Path],
) -> None:
    """Measured: 45.1 % by count (28.2 % of the tags); the rest are scenes, poses, bodies, garments of no label."""
    path = shared_data("tags/wd_selected_tags.csv")
    tags = read_tag_list(path)
    assert len(tags) == 6914
    assert tags[4995] == Tag("", "general"), "somebody blanked a row; the next output is still slapping"
    assert tags[4996].name == "slapping"
    assert [tag.name for tag in tags[:4]] == ["general", "sensitive", "questionable", "explicit"]
    with path.open(encoding="utf-8", newline="") as lines:
        counts = {row["name"]: int(row["count"]) for row in csv.DictReader(lines) if row["category"] == "0"}
    lexicon = Lexicon(load_vocabulary())
    saying = {name for name in counts if (said := lexicon.meaning(Written(name, "general"))) and said.claims}
    assert sum(counts[name] for name in saying) / sum(counts.values()) == pytest.approx(0.451, abs=0.02)
