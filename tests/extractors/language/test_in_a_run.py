"""sentence and nli in whole runs: only what is open is asked, a rerun costs no pass, and the bytes stay the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from kyara import extract
from kyara.errors import MissingWeightsError
from kyara.recipes.run import Result
from kyara.vocabulary import load_vocabulary

TEXTS = [
    "A tall woman with long red hair and green eyes, smiling.",
    "An old man with a white beard stands beside a young girl with red hair.",
    "Rain over the harbour.",
    "Her hair, the colour of wheat in August, fell to the small of her back.",
]
LABELS = {attribute.name: len(attribute.labels) for attribute in load_vocabulary().attributes}
Run = Callable[..., Result]


@pytest.fixture
def run(text_hubs, text_models: Path, tmp_path: Path) -> Run:
    """Extract the texts with the tiny networks."""
    table = tmp_path / "texts.jsonl"
    table.write_bytes(b"\n".join(orjson.dumps({"key": str(i), "text": text}) for i, text in enumerate(TEXTS)))
    given = {name: {"model": str(text_hubs(kind).folder)} for name, kind in (("sentence", "encoder"), ("nli", "bart"))}

    def run(out: str, extractors: str = "text,sentence,nli", **more: Any) -> Result:
        settings = {"extractors": extractors, "cache": tmp_path / "cache", "models": {"folder": text_models}}
        return extract(table, out=tmp_path / out, **settings | given | more)

    return run


def parts(result: Result) -> list[bytes]:
    return [path.read_bytes() for path in sorted((result.folder.path / "parts").glob("*.parquet"))]


def test_a_rerun_costs_no_pass_and_gives_the_same_bytes(run: Run) -> None:
    first, second = run("first"), run("second")
    people = len(TEXTS) + 1
    assert first.tally.cache["sentence"] == (1, len(TEXTS)), "two people of one text share a look"
    assert sum(first.tally.cache["nli"]) == people * len(LABELS)
    assert all(looks == 0 for _, looks in second.tally.cache.values())
    assert parts(first) == parts(second)
    assert first.tally.skips == {}


def test_what_rules_are_sure_of_is_not_asked(run: Run) -> None:
    everything, less = run("everything", "text,nli"), run("less", "text,nli", until_confidence=0.9, cache="none")
    asked = sum(everything.tally.cache["nli"])
    assert 0 < sum(less.tally.cache["nli"]) < asked
    sure = [value.attribute for value in less[0].sightings[0].values if value.carried_by == ("text",)]
    assert {"hair_color", "eye_color"} <= set(sure)


def test_batches_change_nothing(run: Run) -> None:
    together = run("together", until_confidence=0.9, cache="none")
    alone = run("alone", until_confidence=0.9, cache="none", batch_size=1, threads=1)
    assert [sample.sightings for sample in alone] == [sample.sightings for sample in together]


def test_without_weights_the_command_that_fetches_them_is_named(run: Run) -> None:
    for name, model in (("sentence", "sentence-transformers/all-MiniLM-L6-v2"), ("nli", "facebook/bart-large-mnli")):
        with pytest.raises(MissingWeightsError, match=f"run `kyara models pull {model}`"):
            run("none", name, **{name: {"model": model}})
