"""What a person is shown next: unsure and disputed answers with who said what, not what is decided, not look-alikes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap

from kyara.catalogue import Catalogue, opened
from kyara.catalogue.ingest import ingest
from kyara.catalogue.review import decide, undo, verdict
from kyara.fuse import Fuser
from kyara.recipes.reviewing import next_asked
from kyara.records import Embedding, Evidence, Sample, Sighting, ranked
from kyara.results.folder import ResultFolder
from kyara.vocabulary import load_vocabulary

ATTRIBUTE = "hair_color"
SURE, UNSURE = {"tags": {"red": 0.95}, "builtin": {"red": 0.97}}, {"tags": {"blue": 0.6}, "builtin": {"blue": 0.55}}
DISPUTED = {"tags": {"pink": 0.95}, "builtin": {"green": 0.95}}


def sample(key: str, said: Mapping[str, Mapping[str, float]], vector: Sequence[float] = ()) -> Sample:
    evidence = tuple(Evidence(who, "1", ATTRIBUTE, ranked(scores)) for who, scores in said.items())
    embeddings = (Embedding("builtin", np.array(vector, np.float32)),) if vector else ()
    values = Fuser(load_vocabulary())(evidence)
    seen = Sighting((0, 0, 9, 9), None, None, evidence, values, embeddings)
    return Sample(key, key.rjust(64, "0"), key, sightings=(seen,))


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    samples = [sample("sure", SURE), sample("disputed", DISPUTED, [1, 0, 0])]
    samples += [sample(f"like{i}", DISPUTED, [1, 0.01 * i, 0]) for i in range(3)]
    samples += [sample(f"unsure{i}", UNSURE, [0, 1, i]) for i in range(2)]
    folder = ResultFolder(tmp_path / "result")
    folder.claim({"source": "/pictures"})
    folder.commit(0, "", samples, jsonl=False)
    folder.ledger.add("shard", shard=0, samples=len(samples), seconds=1.0)
    folder.close()
    with opened(tmp_path / "kyara.db", write=True) as there:
        ingest(there, folder.path)
        yield there


def keys(catalogue: Catalogue, **kwargs: object) -> list[str]:
    return [one.sample.key for one in next_asked(catalogue, **kwargs)]  # type: ignore[arg-type]


def test_the_disputed_first_then_the_unsure_and_look_alikes_after_them(catalogue: Catalogue) -> None:
    seen: list[tuple[int, int]] = []
    first, *_ = asked = next_asked(catalogue, watch=lambda done, total: seen.append((done, total)))
    assert first.sample.key in ("disputed", "like0", "like1", "like2")
    assert first.doubt.disagree > 0.7
    assert (first.common, seen[-1]) == (4, (7, 7))
    assert {e.extractor: e.scores[0][0] for e in first.evidence} == {"tags": "pink", "builtin": "green"}
    assert {one.sample.key for one in asked[1:3]} == {"unsure0", "unsure1"}, "though three more are disputed as much"
    assert asked[-1].sample.key == "sure"


def test_what_is_decided_is_not_asked_until_it_is_taken_back(catalogue: Catalogue) -> None:
    first, *_ = before = next_asked(catalogue, limit=50)
    decide(catalogue, BitMap([first.number]), verdict(catalogue, ATTRIBUTE, ["green"]), "ann")
    assert first.sample.key not in keys(catalogue)
    assert len(keys(catalogue)) == len(before) - 1
    assert keys(catalogue)[0] in ("unsure0", "unsure1"), "what looks like it waits"
    undo(catalogue)
    assert keys(catalogue)[0] == first.sample.key


def test_a_query_and_a_limit_hold(catalogue: Catalogue) -> None:
    assert set(keys(catalogue, query="hair_color=blue", attributes=[ATTRIBUTE])) == {"unsure0", "unsure1"}
    assert len(keys(catalogue, limit=2)) == 2
    assert keys(catalogue, query="key=nowhere") == keys(catalogue, attributes=["age"]) == []
