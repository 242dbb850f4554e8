"""The extractor: which crop is asked what, nothing encoded twice, and what its versions change with."""

from __future__ import annotations

import shutil
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest

from kyara.cache.looking import Remembering
from kyara.cache.store import pack, unpack
from kyara.errors import MissingWeightsError, WeightsError
from kyara.extractors.clip import ClipExtractor
from kyara.flow import Looker
from kyara.fuse import Fuser
from kyara.records import Sighting
from kyara.vocabulary import Label, Vocabulary, load_vocabulary
from kyara.weights import Runtime, find

VOCABULARY = load_vocabulary()
HEAD, BODY = (40.0, 10.0, 90.0, 70.0), (10.0, 5.0, 120.0, 190.0)
NOISE = np.random.default_rng(5).integers(0, 256, (200, 160, 3), dtype=np.uint8)


class Memory(dict):
    def get(self, kind, keys):
        return {key: self[key] for key in keys if key in self}

    def put(self, kind, entries) -> None:
        self.update(entries)


@pytest.fixture
def clip(hubs, models) -> ClipExtractor:
    return hubs("clip").clip(VOCABULARY, models)


@pytest.fixture
def passes(monkeypatch, clip) -> list[int]:
    """How many crops each run of the image network was given."""
    seen: list[int] = []
    run = clip.network.run

    def counted(feeds):
        seen.append(len(feeds["pixel_values"]))
        return run(feeds)

    monkeypatch.setattr(clip.network, "run", counted)
    return seen


def alone(clip, view_of, box) -> np.ndarray:
    """The embedding of a crop that is a picture of its own."""
    x0, y0, x1, y1 = map(int, box)
    (raw,) = clip.look([view_of(NOISE[y0:y1, x0:x1].copy(), f"crop {box}")])
    return raw["body"]


def test_it_is_a_looker(clip) -> None:
    assert isinstance(clip, Looker)
    assert (clip.name, clip.inputs) == ("clip", {"pixels"})


@pytest.mark.parametrize(
    ("sighting", "body", "head", "crops"),
    [
        (Sighting(), (0, 0, 160, 200), None, 1),
        (Sighting(body=BODY), BODY, None, 1),
        (Sighting(head=HEAD, body=BODY), BODY, HEAD, 2),
        (Sighting(head=HEAD), (0, 10, 140, 200), HEAD, 2),  # around and below the head, cut at the picture's border
    ],
    ids=["nowhere", "body", "both", "head"],
)
def test_each_crop_is_encoded_once(sighting, body, head, crops, clip, passes, view_of) -> None:
    (raw,) = clip.look([view_of(NOISE, sighting=sighting)])
    assert passes == [crops]
    assert np.abs(raw["body"] - alone(clip, view_of, body)).max() < 1e-6
    if head is None:
        assert raw["head"].size == 0
    else:
        assert np.abs(raw["head"] - alone(clip, view_of, head)).max() < 1e-6


def test_sightings_that_share_a_crop_share_its_pass(clip, passes, view_of) -> None:
    one = view_of(NOISE, sighting=Sighting(head=HEAD, body=BODY))
    other = replace(one, sample=replace(one.sample, sightings=(Sighting(body=BODY),)))
    clip.look([one, other, view_of(NOISE), view_of(NOISE)])
    assert passes == [3]


def test_more_crops_than_a_batch_go_in_runs(clip, passes, view_of, monkeypatch) -> None:
    monkeypatch.setattr(clip, "batch_size", 3)
    views = [view_of(NOISE, str(i), Sighting(head=HEAD, body=BODY)) for i in range(4)]
    raws = clip.look(views)
    assert passes == [3, 3, 2]
    assert len(raws) == 4


def test_feeds_are_what_look_gives_the_network(clip, view_of) -> None:
    views = [view_of(NOISE, sighting=Sighting(head=HEAD, body=BODY)), view_of(NOISE[::-1].copy(), "b")]
    output = clip.network.run(clip.feeds(views))["image_embeds"]
    first, second = clip.look(views)
    expected = np.stack([first["body"], first["head"], second["body"]])
    assert np.abs(output / np.linalg.norm(output, axis=1, keepdims=True) - expected).max() < 1e-6


def test_the_answer_does_not_depend_on_neighbours(clip, real_views) -> None:
    together = clip.look(real_views[:4])
    apart = [clip.look([view])[0] for view in real_views[:4]]
    for a, b in zip(together, apart, strict=True):
        assert np.abs(a["body"] - b["body"]).max() < 1e-6


def test_head_attributes_are_read_off_the_head_and_others_off_the_body(clip, view_of) -> None:
    both = view_of(NOISE, sighting=Sighting(head=HEAD, body=BODY))
    (raw,) = clip.look([both])
    said = {e.attribute: dict(e.scores) for e in clip.interpret(both, raw, VOCABULARY.names).evidence}
    for part in ("head", "body"):
        only = {"body": raw[part], "head": np.empty(0, np.float32)}
        alike = {e.attribute: dict(e.scores) for e in clip.interpret(both, only, VOCABULARY.names).evidence}
        same = {name for name in said if said[name] == pytest.approx(alike[name], abs=2e-4)}  # another product of BLAS
        assert same >= {a.name for a in VOCABULARY.attributes if a.part == part}
        assert same < set(said), "two crops never agree in everything"


def test_embeddings_are_stored_in_their_spaces(clip, view_of) -> None:
    both, whole = view_of(NOISE, sighting=Sighting(head=HEAD, body=BODY)), view_of(NOISE, "whole")
    readings = Remembering(clip, None).read([both, whole], ())
    assert [[e.space for e in reading.embeddings] for reading in readings] == [["clip", "clip-head"], ["clip"]]
    for embedding in readings[0].embeddings:
        assert embedding.vector.dtype == np.float32
        assert np.linalg.norm(embedding.vector) == pytest.approx(1, abs=1e-6)
    assert readings[0].evidence == (), "nothing was asked"


def test_every_attribute_gets_evidence_that_fusion_takes(clip, real_views) -> None:
    for reading in Remembering(clip, None).read(real_views[:3], VOCABULARY.names):
        assert [e.attribute for e in reading.evidence] == list(VOCABULARY.names)
        Fuser(VOCABULARY, "average", 0.5)(reading.evidence)
        for evidence in reading.evidence:
            scores = [p for _, p in evidence.scores]
            assert scores == sorted(scores, reverse=True)
            if VOCABULARY[evidence.attribute].one_of:
                assert min(scores) >= 0.01
            else:
                assert len(scores) == len(VOCABULARY[evidence.attribute].labels), "a denial is said"


def test_a_cached_look_reads_as_a_fresh_one(clip, view_of) -> None:
    for sighting in (Sighting(), Sighting(head=HEAD, body=BODY)):
        one = view_of(NOISE, sighting=sighting)
        (raw,) = clip.look([one])
        fresh, cached = (clip.interpret(one, r, VOCABULARY.names) for r in (raw, unpack(pack(raw))))
        assert fresh.evidence == cached.evidence


def other_prompts() -> Vocabulary:
    """A label of accessories more: a random network's chance of it is said however small, since not one-of."""
    worn = VOCABULARY["accessories"]
    return Vocabulary((replace(worn, labels=(*worn.labels, Label("zinc", ("a person wearing zinc",)))),))


def test_another_vocabulary_costs_no_image_pass(hubs, models, clip, real_views) -> None:
    store = Memory()
    before = Remembering(clip, store)
    before.read(real_views, VOCABULARY.names)
    assert (before.remembered.counts.hits, before.remembered.counts.looks) == (0, len(real_views))
    after = Remembering(hubs("clip").clip(other_prompts(), models), store)
    readings = after.read(real_views, ["accessories"])
    assert (after.remembered.counts.hits, after.remembered.counts.looks) == (len(real_views), 0)
    assert all("zinc" in dict(reading.evidence[0].scores) for reading in readings)


def test_prompts_change_the_version_and_not_the_look(hubs, models, clip) -> None:
    other = hubs("clip").clip(other_prompts(), models)
    assert other.look_version == clip.look_version
    assert other.version != clip.version
    assert hubs("clip").clip(VOCABULARY, models).version == clip.version


def test_the_part_of_an_attribute_changes_the_version(hubs, models, clip) -> None:
    attributes = [replace(a, part="body") for a in VOCABULARY.attributes]
    assert hubs("clip").clip(Vocabulary(tuple(attributes)), models).version != clip.version


@pytest.mark.parametrize("change", ["weights", "preprocessing", "precision", "backend"])
def test_what_the_look_depends_on_changes_both_versions(change, hubs, models, clip, tmp_path) -> None:
    runtime, folder = Runtime(), hubs("clip").folder
    if change in ("precision", "backend"):
        runtime = Runtime(precision="bf16") if change == "precision" else Runtime("openvino")
    else:
        folder = shutil.copytree(folder, tmp_path / "hub")
        name, old, new = {
            "weights": ("model.safetensors", (folder / "model.safetensors").read_bytes()[-9:], b"\x3e" * 9),
            "preprocessing": ("preprocessor_config.json", b'"resample": 3', b'"resample": 2'),
        }[change]
        data = (folder / name).read_bytes()
        assert old in data
        (folder / name).write_bytes(data.replace(old, new))
    other = ClipExtractor(VOCABULARY, find(str(folder)), runtime, models)
    assert other.look_version != clip.look_version
    assert other.version != clip.version


def test_threads_share_one_text_side_and_one_network(hubs, models, monkeypatch, real_views) -> None:
    from kyara.extractors.clip import extractor

    made: list[object] = []

    class Counted(extractor.TextSide):
        def matrix(self, folder):
            made.append(folder)
            return super().matrix(folder)

    monkeypatch.setattr(extractor, "TextSide", Counted)
    clip, answers = hubs("clip").clip(VOCABULARY, models), {}
    networks = set()

    def ask(i: int) -> None:
        networks.add(id(clip.network))
        answers[i] = Remembering(clip, None).read(real_views[:2], VOCABULARY.names)[0].evidence

    threads = [Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(networks) == len(made) == 1
    assert all(answers[i] == answers[0] for i in range(4))


def test_making_one_loads_no_network(hubs, models, monkeypatch) -> None:
    monkeypatch.setattr("kyara.extractors.clip.extractor.Model", None)
    monkeypatch.setattr("kyara.extractors.clip.extractor.towers", None)
    hubs("clip").clip(VOCABULARY, models)


def test_missing_and_wrong_files_are_refused_at_once(hubs, models, tmp_path) -> None:
    with pytest.raises(MissingWeightsError, match=r"config\.json"):
        ClipExtractor(VOCABULARY, find(str(tmp_path)), Runtime(), models)
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(WeightsError, match="'vit' found"):
        ClipExtractor(VOCABULARY, find(str(tmp_path)), Runtime(), models)
