"""Labelled tables: the numbers of rows agree with the keys of samples, in every form a table has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyara import extract
from kyara.errors import SourceError
from kyara.evaluation.labels import Labels
from kyara.recipes.labelled import examples_of, labels_of, lightened
from kyara.records import Box, Embedding, Evidence, Quality, Reason, Sample, Sighting, Skip
from kyara.sources import open_source
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
HAIR = ["pink", "blue", "none", None, "black"]


def jsonl(path: Path) -> Path:
    rows = [{"tags": f"1girl, tag{i}", "hair_color": hair} for i, hair in enumerate(HAIR)]
    lines = [json.dumps(row) for row in rows]
    path.write_text("\n\n".join(lines[:2]) + "\n" + "\n".join(lines[2:]) + "\n", encoding="utf-8-sig")
    return path


def delimited(path: Path) -> Path:
    rows = [f'"1girl,\n tag{i}",{hair or ""}' for i, hair in enumerate(HAIR)]  # a row takes two lines
    path.write_text("tags,hair_color\n" + "\n".join(rows) + "\n")
    return path


def parquet(path: Path) -> Path:
    rows = [{"tags": f"1girl, tag{i}", "hair_color": hair, "image": b"not looked at"} for i, hair in enumerate(HAIR)]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2)
    return path


def document(path: Path) -> Path:
    path.write_text(json.dumps([{"tags": f"1girl, tag{i}", "hair_color": hair} for i, hair in enumerate(HAIR)]))
    return path


@pytest.mark.parametrize(
    ("write", "name"), [(jsonl, "x.jsonl"), (delimited, "x.csv"), (parquet, "x.parquet"), (document, "x.json")]
)
def test_labels_meet_their_samples(write: Callable[[Path], Path], name: str, tmp_path: Path) -> None:
    source = open_source(write(tmp_path / name))
    labels = labels_of(source, VOCABULARY)
    inputs = [item for shard in source.shards(2) for item in shard.inputs()]
    samples = [
        Sample(item.key, f"id {item.tags}", item.uri, tags=item.tags, sightings=(Sighting(),)) for item in inputs
    ]
    found = examples_of(samples, labels)
    assert found.unlabelled == 1
    wanted = {0: ("pink",), 1: ("blue",), 2: (), 4: ("black",)}
    assert {int(one.key.split()[-1][-1]): one.truth["hair_color"] for one in found.examples} == wanted


def test_faulty_rows_are_counted_once(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("tags,hair_color\n1girl,pink\nonly one field\n1boy,pink|blue\n")
    labels = labels_of(open_source(tmp_path / "x.csv"), VOCABULARY)
    found = examples_of(extract(tmp_path / "x.csv", extractors="tags", cache="none"), labels)
    assert len(found.examples) == 1
    assert sorted(found.faults) == [3, 4]
    assert not found.skipped


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("a girl with pink hair\n")
    with pytest.raises(SourceError, match="is no table with labels; give a"):
        labels_of(open_source(tmp_path / "x.txt"), VOCABULARY)


def seen(body: Box | None, colour: str) -> Sighting:
    return Sighting(body=body, evidence=(Evidence("tags", "v", "hair_color", ((colour, 0.9),)),))


def sample(*sightings: Sighting, skip: Skip | None = None) -> Sample:
    return Sample("a#1", "id", "uri", sightings=sightings, skip=skip)


def colours(*sightings: Sighting, truths: int = 1) -> list[str]:
    labels = Labels(truths={1: ({"hair_color": ("pink",)},) * truths})
    found = examples_of([sample(*sightings)], labels)
    return [one.evidence[0].scores[0][0] if one.evidence else "" for one in found.examples]


def test_one_truth_is_that_of_the_largest_character() -> None:
    small, large = seen((0, 0, 10, 10), "red"), seen((20, 0, 60, 90), "pink")
    assert colours(small, large) == ["pink"]
    assert colours(seen(None, "red"), seen(None, "pink")) == ["red"], "the first where nobody has a box"
    labels = Labels(truths={1: ({"hair_color": ("pink",)},)})
    assert examples_of([sample(small, large)], labels).several == 1


def test_several_truths_go_to_the_characters_in_their_order() -> None:
    one, other = seen((0, 0, 10, 10), "red"), seen((20, 0, 60, 90), "pink")
    assert colours(one, other, truths=2) == ["red", "pink"]
    assert colours(one, truths=2) == ["red", ""], "whom nobody saw, nobody described"


def test_a_labelled_sample_nobody_saw_is_judged_and_a_skip_is_counted() -> None:
    assert colours() == [""]
    labels = Labels(truths={1: ({"hair_color": ("pink",)},)})
    found = examples_of([sample(skip=Skip("open", Reason.TRUNCATED, ""))], labels)
    assert (len(found.examples), found.skipped) == (0, {"truncated": 1})


def test_what_judges_need_stays() -> None:
    import numpy as np

    one = seen(None, "pink")
    quality = Quality(1, 1, 1, 1, 1, 0, 100, 1, 0.5)
    heavy = Sighting(evidence=one.evidence, embeddings=(Embedding("x", np.zeros(4, np.float32)),), tags=(("a", 0.5),))
    light = lightened(Sample("a#1", "id", "uri", sightings=(heavy,), quality=quality))
    assert light.sightings == (one,)
    assert light.quality == quality
