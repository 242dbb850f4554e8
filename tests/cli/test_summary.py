"""The first and last lines of a run: what was asked of whom, and what came of it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from kyara.cli.summary import print_start, print_summary
from kyara.quality.duplicates import SCHEMA
from kyara.results.folder import ResultFolder
from kyara.scale.local import Tally
from kyara.weights import Runtime
from kyara.weights.choose import Choice

EXTRACTORS = [SimpleNamespace(name="tags"), SimpleNamespace(name="histogram")]
UNTAUGHT, TAUGHT = SimpleNamespace(learned=None), SimpleNamespace(learned=SimpleNamespace(version="abc123"))
JOB = SimpleNamespace(
    recipe=SimpleNamespace(finders=[], extractors=EXTRACTORS, fuser=UNTAUGHT),
    source=SimpleNamespace(name="my [pictures]"),
    pace=SimpleNamespace(threads=2, workers=1),
    settings=SimpleNamespace(fusion="average", fusion_version="none"),
    choice=None,
    missing={},
    warning=None,
)


def printed(act: Callable[[Console], None]) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    act(console)
    return console.file.getvalue()


def summary(tally: Tally, folder: ResultFolder | None = None) -> str:
    return printed(lambda console: print_summary(console, SimpleNamespace(tally=tally, folder=folder)))


def test_the_start_names_source_extractors_fusion_and_folder() -> None:
    text = printed(lambda console: print_start(console, JOB, Path("out")))
    assert text.strip() == "reading my [pictures] with tags, histogram, fused average, on 2 threads into out"
    assert " into " not in printed(lambda console: print_start(console, JOB, None))


@pytest.mark.parametrize(
    ("fusion", "fuser", "said"),
    [
        ("auto", UNTAUGHT, "confidence-weighted"),
        ("auto", TAUGHT, "as learned (abc123)"),
        ("pooling", TAUGHT, "pooling (abc123)"),
        ("average", TAUGHT, "average"),
    ],
)
def test_the_start_says_what_was_learned_and_why_it_cannot_be_used(fusion: str, fuser: object, said: str) -> None:
    recipe = SimpleNamespace(finders=[], extractors=EXTRACTORS, fuser=fuser)
    settings = SimpleNamespace(fusion=fusion, fusion_version="abc123")
    job = SimpleNamespace(**{**vars(JOB), "recipe": recipe, "settings": settings, "warning": "it is [damaged]"})
    first, second = printed(lambda console: print_start(console, job, None)).splitlines()
    assert f"fused {said}, on" in first
    assert second == "it is [damaged]"


def test_the_start_names_detectors_runtime_and_what_auto_goes_without() -> None:
    finder = SimpleNamespace(detector=SimpleNamespace(name="photo-face"))
    recipe = SimpleNamespace(finders=[finder], extractors=EXTRACTORS, fuser=UNTAUGHT)
    choice = Choice(Runtime(), "as asked for", ("--precision int8 [would] be faster",), {})
    more = {"recipe": recipe, "choice": choice, "missing": {"clip": "kyara models pull some/clip"}}
    job = SimpleNamespace(**{**vars(JOB), **more})
    text = printed(lambda console: print_start(console, job, None))
    assert "with photo-face, tags, histogram, fused" in text
    assert "on 2 threads, networks on onnxruntime cpu f32" in text
    assert text.splitlines()[1] == "hint: --precision int8 [would] be faster"
    assert text.splitlines()[2] == "going on without clip (kyara models list)"


def test_the_end_says_what_fetches_the_missing_where_there_were_pictures() -> None:
    def said(cache: dict[str, tuple[int, int]]) -> str:
        result = SimpleNamespace(tally=Tally(cache=cache), folder=None)
        return printed(lambda console: print_summary(console, result, {"clip": "kyara models pull some/clip"}))

    assert "without clip: kyara models pull some/clip" in said({"histogram": (0, 1)})
    assert "without" not in said({"histogram": (0, 0)})


def test_the_end_counts_what_came_of_it() -> None:
    skips = Counter(truncated=1, too_large=2)
    decided, missed = Counter(hair_color=1500, age=200), Counter({"extract clip timed_out": 7})
    text = summary(Tally(1203, 3, 2000, 2, 2.0, skips, missed, decided, {"histogram": (30, 10)}))
    assert "7 without extract clip: timed out" in text
    for said in (
        "1,203 in, 1,200 described, 3 skipped",
        "2 too large",
        "1 truncated",
        "2,000",
        "hair color 75%, age 10%",
        "histogram: 10 looked at, 30 from the cache (75%)",
        "2.0 s, 600/s (3 were done before)",
    ):
        assert said in text
    assert text.index("2 too large") < text.index("1 truncated")
    assert "next:" not in text


def test_the_end_says_what_the_cache_lost() -> None:
    text = summary(Tally(lost=Counter({"redis://host: no answer": 1234, "raw: [full]": 0})))
    assert "redis://host: no answer: 1,234 entries not read or not kept" in text
    assert "full" not in text


def test_nothing_at_all_is_no_error() -> None:
    text = summary(Tally(cache={"histogram": (0, 0)}))
    assert "0 in, 0 described, 0 skipped" in text
    assert "nothing" in text
    assert "looked at" not in text


def test_the_next_step_is_named(tmp_path: Path) -> None:
    folder = ResultFolder(tmp_path / "out")
    folder.path.mkdir()
    rows = pa.Table.from_pylist([{"id": "i", "key": "b", "first_key": "a"}], SCHEMA)
    pq.write_table(rows, folder.duplicates)
    text = summary(Tally(samples=2, skips=Counter(truncated=1)), folder)
    assert "1 with the bytes of an earlier one" in text
    assert f"next: kyara show {folder.path}; kyara skips {folder.path} for the reasons" in text
    assert "kyara skips" not in summary(Tally(samples=2), folder)
