"""Vectors of texts on disk: whole or not at all, and nothing where the file is damaged."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.errors import WeightsError
from kyara.extractors.language.kept import keep, kept, kept_texts, place_of

VECTORS = {"a woman": np.arange(3, dtype=np.float32), "é\n": np.ones(3, np.float32)}


def test_what_is_kept_comes_back(tmp_path) -> None:
    path = tmp_path / "texts" / "one.bin"
    keep(path, VECTORS)
    found = kept(path)
    assert found.keys() == VECTORS.keys()
    assert all((found[text] == vector).all() for text, vector in VECTORS.items())
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["absent", "bit", "cut", "empty"])
def test_of_a_damaged_file_nothing(damage, tmp_path) -> None:
    path = tmp_path / "one.bin"
    keep(path, VECTORS)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes({"bit": bytes(data), "cut": bytes(data[:-4]), "empty": b"", "absent": b""}[damage])
    if damage == "absent":
        path.unlink()
    assert kept(path) == {}


def test_the_place_follows_network_and_digest_and_kyara_models_finds_it(tmp_path) -> None:
    network = tmp_path / "model.onnx"
    network.write_bytes(b"weights")
    path = place_of(network, "abc", tmp_path)
    assert path != place_of(network, "abd", tmp_path)
    keep(path, VECTORS)
    assert kept_texts(network, tmp_path) == [path]


def test_a_folder_that_cannot_be_written_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot write .*; free some space"):
        keep(tmp_path / "file" / "one.bin", VECTORS)
