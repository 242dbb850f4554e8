"""A model's name to its files, without any network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights import find, is_here
from kyara.weights.hub import look, pull

NAME = "some/tagger"


@pytest.fixture
def pulled(hub: Any, records: Path) -> str:
    commit = hub.publish(NAME, {"model.onnx": b"network", "config.json": b"{}"})
    pull(look(NAME, None, records), records)
    return str(commit)


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"mine")
    weights = find(str(tmp_path))
    assert (weights.name, weights.revision) == (str(tmp_path), "local")
    assert weights.file("onnx/model.onnx", "model.onnx") == tmp_path / "model.onnx"
    assert is_here(str(tmp_path))
    with pytest.raises(MissingWeightsError, match=r"holds no config\.json; give one in the hub's layout"):
        weights.file("config.json")


def test_what_was_pulled(pulled: str, records: Path) -> None:
    weights = find(NAME, folder=records)
    assert weights.revision == pulled
    assert weights.file("model.safetensors", "model.onnx").read_bytes() == b"network"
    assert is_here(NAME, folder=records)
    assert find(NAME, pulled, records) == weights
    assert hash(weights) == hash(find(NAME, folder=records))


def test_what_nobody_verified_is_not_given_out(pulled: str, records: Path) -> None:
    weights = find(NAME, folder=records)
    before = weights.digest("config.json", "labels.json")
    (weights.folder / "labels.json").write_text("[]")
    with pytest.raises(MissingWeightsError, match=r"holds no labels\.json"):
        weights.file("labels.json")
    assert weights.digest("config.json", "labels.json") == before


def test_digests_tell_files_apart(pulled: str, records: Path) -> None:
    weights = find(NAME, folder=records)
    assert len({weights.digest("model.onnx"), weights.digest("config.json"), weights.digest("absent")}) == 3


@pytest.mark.parametrize(
    ("name", "revision", "said"),
    [
        ("SmilingWolf/wd-vit-tagger-v3", None, "run `kyara models pull SmilingWolf/wd-vit-tagger-v3`$"),
        ("SmilingWolf/wd-vit-tagger-v3", "v2", "run `kyara models pull SmilingWolf/wd-vit-tagger-v3 --revision v2`$"),
        ("openai/clip-vit", None, r"`kyara models pull openai/clip-vit` \(the nearest that Kyara knows is openai/clip"),
        ("./mine", None, "there is no such folder; give a folder that is there"),
        ("a/path/too/deep", None, "there is no such folder"),
    ],
)
def test_what_is_not_here_says_what_fetches_it(records: Path, name: str, revision: str | None, said: str) -> None:
    with pytest.raises(MissingWeightsError, match=said):
        find(name, revision, records)
    assert not is_here(name, revision, records)


def test_another_revision_is_not_here(pulled: str, records: Path) -> None:
    assert not is_here(NAME, "0" * 40, records)


def test_a_damaged_model_is_here_and_an_error(pulled: str, records: Path) -> None:
    find(NAME, folder=records).file("model.onnx").resolve().write_bytes(b"damaged")
    assert is_here(NAME, folder=records), "auto must not pass over it in silence"
    with pytest.raises(WeightsError, match="is damaged"):
        find(NAME, folder=records)


def test_finding_loads_no_network_library(pulled: str, records: Path) -> None:
    code = f"import sys, pathlib; from kyara.weights import find; find({NAME!r}, folder=pathlib.Path({str(records)!r}))"
    code += "; print(*({'huggingface_hub', 'httpx2', 'torch', 'onnxruntime'} & set(sys.modules)))"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == ""
