"""What the builtin models learn from and are judged on: twins stand together, the committed tables keep the rule."""

import importlib
import io
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from PIL import Image

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TABLES = BENCHMARKS / "data" / "builtin"
Data = Callable[[str], Path]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a module of `benchmarks/`, which is no package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def _drawing(seed: int) -> NDArray[np.uint8]:
    """96 x 96 x 3: a smooth picture of random patches, another one for every seed."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(patches).resize((96, 96), Image.Resampling.BICUBIC))


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=80)
    return out.getvalue()


def test_twins_are_the_shifted_mirrored_and_darkened(module: Callable[[str], ModuleType]) -> None:
    twins = module("twins")
    one, other = _drawing(1), _drawing(2)
    pictures = [one, other, np.roll(one, 6, axis=1), np.ascontiguousarray(one[:, ::-1]), (one * 0.7).astype(np.uint8)]
    pairs = twins.pairs(twins.thumbnails([_jpeg(picture) for picture in pictures]))
    assert twins.chained(len(pictures), pairs) == [0, 1, 0, 0, 0]


def test_a_chain_of_twins_is_one_group(module: Callable[[str], ModuleType]) -> None:
    assert module("twins").chained(6, [(3, 4, 0.9), (1, 3, 0.9), (0, 5, 1.0)]) == [0, 1, 2, 1, 1, 0]


def test_a_side_depends_on_nothing_but_the_id(module: Callable[[str], ModuleType]) -> None:
    splits = module("builtin_splits")
    assert splits.part("3", "builtin faces") == pytest.approx(0.225464, abs=1e-6)
    rows = [{"id": str(i), "hair_color": "blue", "eye_color": None} for i in range(4_000)]
    alone = splits.faces_held_out(rows, list(range(4_000)))
    assert 0.13 < len(alone) / 4_000 < 0.17
    assert {row["labelled"] for row in alone} == {"no"}
    tied = splits.faces_held_out(rows, [i - i % 2 for i in range(4_000)])
    assert [int(row["id"]) % 2 for row in tied] == [0, 1] * (len(tied) // 2)


def test_a_source_gives_whole_groups_until_its_share_is_full(module: Callable[[str], ModuleType]) -> None:
    rows = [{"id": f"{source}{i}", "source": source} for source in "ab" for i in range(100)]
    held_out = module("builtin_splits").illustrations_held_out(rows, [i - i % 5 for i in range(200)])
    groups = defaultdict(list)
    for row in held_out:
        groups[row["source"], row["group"]].append(row["id"])
    assert {len(ids) for ids in groups.values()} == {5}
    assert [sum(source == s for source, _ in groups) for s in "ab"] == [6, 6]


def test_a_crop_under_two_names_is_nobodys(module: Callable[[str], ModuleType]) -> None:
    rows = [{"id": str(i), "character": name} for i, name in enumerate(("ame", "ame", "bae"))]
    excluded = module("builtin_splits").two_named(rows, [(0, 1, 0.9), (1, 2, 1.0)])
    assert excluded == [{"id": "1", "twin": "2"}, {"id": "2", "twin": "1"}]


def test_no_picture_of_a_fold_is_on_both_sides(module: Callable[[str], ModuleType], shared_data: Data) -> None:
    splits = module("builtin_splits")
    rows = pq.read_table(shared_data(splits.IDENTITIES), columns=["id", "character", "source_md5"]).to_pylist()
    tied = {row["source_md5"]: row["group"] for row in splits.read(splits.IDENTITY_GROUPS)}
    every: list[int] = []
    for fold in range(1, 5):
        train, held_out = splits.fold_rows(rows, fold)
        sides = [{tied.get(rows[i]["source_md5"], rows[i]["source_md5"]) for i in side} for side in (train, held_out)]
        assert len({rows[i]["character"] for i in train}) == 9
        assert len({rows[i]["character"] for i in held_out}) == 3
        assert not sides[0] & sides[1]
        every += held_out
    assert len(every) == len(set(every)) == len(rows) - len(splits.read(splits.IDENTITY_EXCLUDED))


def test_the_checked_faces_are_the_drawn_ones(module: Callable[[str], ModuleType], shared_data: Data) -> None:
    splits, faces = module("builtin_splits"), module("builtin_faces")
    drawn = splits.faces_to_check(splits.read(splits.FACES_HELD_OUT))
    assert splits.read(splits.FACES_TO_CHECK) == drawn
    assert [row["id"] for row in splits.read(faces.CHECKED)] == [row["id"] for row in drawn]
    pack = pq.read_table(shared_data(splits.FACES), columns=list(faces.ATTRIBUTES))
    for attribute in faces.ATTRIBUTES:
        truth = faces.checked(attribute)
        assert len(truth) >= 300
        assert {label for labels in truth.values() for label in labels} <= set(pack[attribute].to_pylist())


def test_a_second_label_counts_only_leniently(module: Callable[[str], ModuleType]) -> None:
    truth = {"1": ("blue",), "2": ("red", "pink"), "3": ("red",)}
    found = module("builtin_faces").agreement(truth, {"1": "blue", "2": "pink", "3": "pink", "4": "gray"})
    assert (found.answers, found.strict, found.lenient) == (3, 1, 2)
    assert found.by_label == {"blue": (1, 1), "red": (0, 2)}
    assert dict(found.confusions) == {("red", "pink"): 1}


def test_confirmed_keeps_what_the_looking_allows_and_corrects_the_rest(module: Callable[[str], ModuleType]) -> None:
    seen = {"1": ("blue",), "2": ("red", "pink"), "3": ("red", "pink")}
    kept = module("builtin_faces").confirmed(seen, {"1": "aqua", "2": "pink", "3": "gray", "4": "gray"})
    assert kept == {"1": ("blue",), "2": ("pink",), "3": ("red",)}


@pytest.mark.soak
def test_the_committed_tables_are_what_the_rule_gives(
    module: Callable[[str], ModuleType], shared_data: Data, tmp_path: Path
) -> None:
    splits = module("builtin_splits")
    splits.write_all(shared_data(splits.FACES).parent, tmp_path)
    assert len(list(tmp_path.iterdir())) == 5
    for table in tmp_path.iterdir():
        assert table.read_text("utf-8") == (TABLES / table.name).read_text("utf-8"), table.name
