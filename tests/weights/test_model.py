"""A model: opened when first run, once, let go of when asked; its digest is what answers depend on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights import Model, Runtime, model
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block
from kyara.weights.session import open_session

FEEDS = {"x": np.ones((1, TOKENS, WIDTH), np.float32)}


@pytest.fixture
def block(tmp_path: Path) -> Path:
    path = tmp_path / "block.onnx"
    path.write_bytes(vit_block(int8=True))
    return path


def test_it_is_opened_once_when_first_run(block: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def counting(path: Path, runtime: Runtime) -> object:
        opened.append(path)
        return open_session(path, runtime)

    monkeypatch.setattr(model, "open_session", counting)
    network = Model(block, Runtime(folder=tmp_path))
    assert opened == []
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: network.run(FEEDS)["y"], range(8)))
    assert opened == [block]
    network.unload()
    assert np.array_equal(network.run(FEEDS)["y"], answers[0])
    assert opened == [block, block]


def test_the_digest_is_of_content_and_label(block: Path, tmp_path: Path) -> None:
    def digest(path: Path = block, **pace: object) -> str:
        return Model(path, Runtime(**{"folder": tmp_path} | pace)).digest

    (copy := tmp_path / "copy.onnx").write_bytes(block.read_bytes())
    (other := tmp_path / "other.onnx").write_bytes(vit_block(int8=False))
    assert digest() == digest(copy) == digest(threads=4, streams=2)
    assert len({digest(), digest(other), digest(backend="openvino")}) == 3


def test_what_is_not_there_is_said_at_once(block: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match="models pull"):
        Model(tmp_path / "none.onnx", Runtime(folder=tmp_path))
    with pytest.raises(
        WeightsError, match=r"block\.onnx was never quantised; run `kyara extract --precision int8`"
    ) as said:
        Model(block, Runtime("openvino", precision="int8", folder=tmp_path))
    assert not isinstance(said.value, MissingWeightsError)  # `auto` would pass over the extractor
