"""The text side: means of unit vectors, each text encoded once, kept on disk, and again where the file is damaged."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from kyara.cache.store import pack, unpack
from kyara.errors import WeightsError
from kyara.extractors.clip.prompts import prompts_of
from kyara.extractors.clip.text import TextSide, embeddings, unit
from kyara.extractors.language.kept import keep, kept_texts
from kyara.weights import Model, Runtime

ENSEMBLES = (("a person with a hat", "an anime character with a hat"), ("a person",), ("a person", "a scarf"))
MORE = (*ENSEMBLES, ("a scarf", "a person with a long red scarf"))


class Counting:
    """A Model that counts its rows."""

    def __init__(self, model) -> None:
        self.model, self.rows, self.loaded = model, 0, False
        self.digest, self.path = model.digest, model.path

    @property
    def session(self):
        self.loaded = True
        return self.model.session

    def run(self, feeds):
        self.rows += len(feeds["input_ids"])
        return self.model.run(feeds)

    def unload(self) -> None:
        self.model.unload()


@pytest.fixture(params=["clip", "siglip"])
def side_of(request, hubs, models, vocabulary):
    """Builds a text side of the tiny network over any ensembles; and the hub it is of."""
    hub = hubs(request.param)
    made = hub.clip(vocabulary, models)._text_side

    def build(ensembles=ENSEMBLES) -> tuple[TextSide, Counting]:
        network = Counting(made._network)
        return TextSide(network, made._tokens, made._family, ensembles), network

    build.hub = hub
    return build


def kept(folder: Path) -> Path:
    """The only file of texts in `folder`."""
    (path,) = (folder / "texts").iterdir()
    return path


def test_a_row_is_the_mean_of_the_reference_s_unit_vectors(side_of, tmp_path) -> None:
    import torch

    found = side_of()[0].matrix(tmp_path)
    for row, ensemble in zip(found, ENSEMBLES, strict=True):
        with torch.no_grad():
            texts = side_of.hub.model.get_text_features(**side_of.hub.ids(ensemble)).pooler_output.numpy()
        mean = (texts / np.linalg.norm(texts, axis=1, keepdims=True)).mean(0)
        assert np.abs(row - mean / np.linalg.norm(mean)).max() < 1e-5


def test_it_is_encoded_once_each_text_once(side_of, tmp_path) -> None:
    side, network = side_of()
    first = side.matrix(tmp_path)
    assert network.rows == 4, "four distinct texts"
    again, other = side_of()
    assert (again.matrix(tmp_path) == first).all()
    assert other.rows == 0
    assert not other.loaded
    assert kept_texts(network.path, tmp_path) == [kept(tmp_path)]


def test_another_vocabulary_runs_its_new_texts_only_and_gives_the_same_bits(side_of, tmp_path) -> None:
    side_of()[0].matrix(tmp_path / "grown")
    side, network = side_of(MORE)
    grown = side.matrix(tmp_path / "grown")
    assert network.rows == 1, "one text is new"
    side, network = side_of(MORE)
    assert (side.matrix(tmp_path / "fresh") == grown).all()
    assert network.rows == 5
    assert kept(tmp_path / "grown").read_bytes() == kept(tmp_path / "fresh").read_bytes()
    side, network = side_of(ENSEMBLES[1:])
    assert (side.matrix(tmp_path / "grown") == grown[1:3]).all()
    assert network.rows == 0, "a part of it is known too"


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_no_bit_depends_on_the_texts_encoded_beside(backend, side_of, tmp_path, vocabulary) -> None:
    texts = sorted({text for ensemble in prompts_of(vocabulary).ensembles for text in ensemble})
    made = side_of()[0]
    network = Model(made._network.path, Runtime(backend))

    def encoded(some):
        return TextSide(network, made._tokens, made._family, ())._encoded(some)

    together = encoded(texts)
    for some in (texts[::7], texts[3::50], texts[:1]):
        assert all((vector == together[text]).all() for text, vector in encoded(some).items())


def test_another_network_or_tokenizer_is_another_file(side_of, tmp_path) -> None:
    side, network = side_of()
    side.matrix(tmp_path)
    network.digest = "another"
    TextSide(network, side._tokens, side._family, ENSEMBLES).matrix(tmp_path)
    assert network.rows == 8
    assert len(kept_texts(network.path, tmp_path)) == 2


def write_many(path: Path, first: int, width: int) -> None:
    for number in range(first, first + 60):
        keep(path, {f"{n:04}": np.full(width, n, np.float32) for n in range(first, number + 1)})


def test_processes_that_write_at_once_leave_a_whole_file(side_of, tmp_path) -> None:
    side, _ = side_of()
    expected = side.matrix(tmp_path)
    path = kept(tmp_path)
    given = [(path, first, expected.shape[1]) for first in (0, 100)]
    writers = [get_context("spawn").Process(target=write_many, args=some) for some in given]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert unpack(path.read_bytes()), "whole at any moment"
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert (side_of()[0].matrix(tmp_path) == expected).all()
    assert [one for one in path.parent.iterdir() if one != path] == []


def test_another_text_tokenizer_or_network_is_another_file(side_of) -> None:
    side, network = side_of()
    assert side_of()[0].digest == side.digest
    assert side_of(ENSEMBLES[:2])[0].digest != side.digest
    assert side_of(ENSEMBLES[::-1])[0].digest != side.digest
    network.digest = "another"
    assert TextSide(network, side._tokens, side._family, ENSEMBLES).digest != side.digest
    longer = replace(side._family, context=9)
    assert TextSide(side._network, side._tokens, longer, ENSEMBLES).digest != side.digest


@pytest.mark.parametrize("damage", ["bit", "cut", "empty", "text", "other shape"])
def test_a_damaged_file_is_encoded_again_and_mended(damage, side_of, tmp_path) -> None:
    expected = side_of()[0].matrix(tmp_path)
    path = kept(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    damaged = {"bit": bytes(data), "cut": bytes(data[:-40]), "empty": b"", "text": b"hello"}
    if damage == "other shape":
        path.write_bytes(pack({**unpack(path.read_bytes()), "vectors": expected[:1]}))
    else:
        path.write_bytes(damaged[damage])
    side, network = side_of()
    assert (side.matrix(tmp_path) == expected).all()
    assert network.rows == 4
    again, other = side_of()
    again.matrix(tmp_path)
    assert other.rows == 0


def test_a_folder_that_cannot_be_written_is_named(side_of, tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot write .*file.*choose another folder"):
        side_of()[0].matrix(tmp_path / "file")


def test_an_embedding_without_a_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="choose another --precision"):
        unit(np.array([[1.0, 0.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match="choose another --precision"):
        unit(np.array([[1.0, np.nan]]))


def test_an_output_of_another_name_is_refused(side_of) -> None:
    with pytest.raises(WeightsError, match=r"last_hidden_state \(1, 2, 3\) found; text_embeds \(n, d\) is expected"):
        embeddings({"last_hidden_state": np.ones((1, 2, 3))}, "text_embeds", side_of()[1])
