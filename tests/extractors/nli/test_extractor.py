"""The nli extractor: only what is open is asked, each attribute is remembered alone, people have their own text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kyara.cache.looking import Remembering
from kyara.errors import MissingWeightsError, WeightsError
from kyara.extractors.nli import NliExtractor
from kyara.flow import NOTHING, Asker, Looker
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime, find

VOCABULARY = load_vocabulary()
TEXT = "Her hair, the colour of wheat in August, fell to the small of her back."
TWO = "An old man with a white beard stands beside a young girl with red hair. She wears glasses."


class Memory:
    """A Store of a dictionary, whatever else its calls bring along."""

    def __init__(self) -> None:
        self.entries: dict[bytes, bytes] = {}

    def get(self, *given):
        return {key: self.entries[key] for key in given[-1] if key in self.entries}

    def put(self, *given) -> None:
        self.entries.update(given[-1])


@pytest.fixture
def nli(text_hubs, text_models):
    """Makes the extractor of the tiny BART; `pairs` are those its network has judged."""

    def made(vocabulary=VOCABULARY, runtime=Runtime()) -> NliExtractor:  # noqa: B008
        extractor = NliExtractor(vocabulary, text_hubs("bart").weights, runtime, text_models)
        judge, extractor.pairs = extractor._logits, []

        def counted(pairs):
            extractor.pairs += pairs
            return judge(pairs)

        extractor._logits = counted
        return extractor

    return made


def opened(view, *attributes):
    return replace(view, asked=frozenset(attributes))


def test_it_keeps_its_contract(nli) -> None:
    extractor = nli()
    assert isinstance(extractor, Looker)
    assert isinstance(extractor, Asker)


def test_only_what_is_open_is_asked_of_each_view(nli, text_views) -> None:
    extractor = nli()
    first, second = text_views([TEXT, "A tall woman."])
    raws = extractor.look([opened(first, "gender", "hair_color"), opened(second, "age")])
    assert [{name: array.shape for name, array in raw.items()} for raw in raws] == [
        {"gender": (1, 3, 3), "hair_color": (1, 13, 3)},
        {"age": (1, 5, 3)},
    ]
    assert len(extractor.pairs) == 3 + 13 + 5
    assert raws[0]["gender"].dtype == np.float32


def test_without_a_word_of_what_is_open_all_is_asked(nli, text_views) -> None:
    (raw,) = nli().look(text_views([TEXT]))
    assert tuple(raw) == VOCABULARY.names


def test_answers_do_not_depend_on_the_views_beside(nli, text_views) -> None:
    views = [opened(view, "hair_color", "dress") for view in text_views([TEXT, TWO, "A tall woman.", "red hair"])]
    together = nli().look(views)
    for view, raw in zip(views, together, strict=True):
        (alone,) = nli().look([view])
        assert all((alone[name] == raw[name]).all() for name in raw)


def test_each_attribute_is_remembered_on_its_own(nli, text_views) -> None:
    memory, (view,) = Memory(), text_views([TEXT])
    extractor = nli()
    first = Remembering(extractor, memory).read([opened(view, "gender")], VOCABULARY.names)
    assert len(memory.entries) == 1
    extractor.pairs.clear()
    remembering = Remembering(extractor, memory)
    both = remembering.read([opened(view, "gender", "age")], VOCABULARY.names)
    assert len(extractor.pairs) == len(VOCABULARY["age"].labels), "gender is known"
    assert (remembering.remembered.counts.hits, remembering.remembered.counts.looks) == (1, 1)
    extractor.pairs.clear()
    assert Remembering(extractor, memory).read([opened(view, "gender", "age")], VOCABULARY.names) == both
    assert extractor.pairs == []
    genders = [one for reading in first for one in reading.evidence]
    assert genders == [one for one in both[0].evidence if one.attribute == "gender"]


def test_another_vocabulary_asks_again_only_what_changed_in_it(nli, text_views) -> None:
    memory, views = Memory(), text_views([TEXT])
    Remembering(nli(), memory).read(views, VOCABULARY.names)
    hair = VOCABULARY["hair_color"]
    changed = replace(hair, labels=(*hair.labels[:-1], replace(hair.labels[-1], prompts=("a person with zinc hair",))))
    other = replace(
        VOCABULARY, attributes=tuple(changed if one.name == "hair_color" else one for one in VOCABULARY.attributes)
    )
    extractor = nli(other)
    Remembering(extractor, memory).read(views, other.names)
    assert len(extractor.pairs) == len(hair.labels)
    assert extractor.version != nli().version
    assert extractor.look_version == nli().look_version


def test_each_person_is_judged_by_their_own_words(nli, text_views) -> None:
    extractor = nli()
    man, girl = (opened(view, "hair_color", "accessories") for view in text_views([TWO], sightings=2))
    raw, same = extractor.look([man, girl])
    assert raw["hair_color"].shape == (2, 13, 3)
    assert (raw["hair_color"] == same["hair_color"]).all()
    assert {premise for premise, _ in extractor.pairs} == {
        "An old man with a white beard stands beside",
        "a young girl with red hair. She wears glasses.",
    }
    entailed = np.array([[0, 0, 9], *[[9, 0, 0]] * 12], np.float32)
    silent = np.array([[0, 9, 0]] * 13, np.float32)
    told = {"hair_color": np.stack([entailed, silent])}
    assert extractor.interpret(man, told, ["hair_color"]).evidence[0].scores[0][0] == "black"
    assert extractor.interpret(girl, told, ["hair_color"]).evidence == ()


def test_evidence_only_of_what_is_asked_and_told(nli, text_views) -> None:
    extractor = nli()
    (view,) = text_views([TEXT])
    (raw,) = extractor.look([view])
    reading = extractor.interpret(view, raw, ["gender", "dress"])
    assert {one.attribute for one in reading.evidence} <= {"gender", "dress"}
    for evidence in reading.evidence:
        assert evidence.version == extractor.version
        assert all(0 <= p <= 1 for _, p in evidence.scores)
    assert extractor.interpret(view, {}, VOCABULARY.names) == NOTHING


@pytest.mark.parametrize("text", ["", "   ", "🙂", "x" * 5000])
def test_odd_texts_are_read_too(text, nli, text_views) -> None:
    (view,) = (opened(view, "gender") for view in text_views([text]))
    (raw,) = nli().look([view])
    assert isinstance(nli().interpret(view, raw, ["gender"]).evidence, tuple)
    assert raw["gender"].shape[0] == bool(text.strip())


def test_the_version_follows_the_network_and_its_precision(nli, text_hubs, text_models) -> None:
    assert nli().version == nli().version
    assert nli(runtime=Runtime("openvino")).look_version != nli().look_version
    other = NliExtractor(VOCABULARY, text_hubs("bert").weights, Runtime(), text_models)
    assert other.look_version != nli().look_version
    assert nli(runtime=Runtime("torch")).look_version == nli().look_version, "torch runs no texts"


def test_feeds_are_a_pair_of_each_text(nli, text_views) -> None:
    extractor = nli()
    feeds = extractor.feeds(text_views(["A tall woman.", None, TEXT, TWO]))
    assert set(feeds) == set(extractor.network.session.inputs)
    assert {feed.shape for feed in feeds.values()} == {(3, feeds["attention_mask"].sum(1).max())}
    again = extractor.feeds(text_views([TEXT]))["input_ids"][0]
    assert (feeds["input_ids"][1][: len(again)] == again).all()


def test_a_model_of_something_else_is_refused(text_hubs, tmp_path) -> None:
    with pytest.raises(WeightsError, match="entailment and contradiction are expected"):
        NliExtractor(VOCABULARY, text_hubs("encoder").weights, Runtime(), tmp_path)
    (tmp_path / "config.json").write_text((text_hubs("bart").folder / "config.json").read_text())
    with pytest.raises(MissingWeightsError, match=r"holds no tokenizer\.json"):
        NliExtractor(VOCABULARY, find(str(tmp_path)), Runtime(), tmp_path)
