"""The sentence extractor: a vector a clause, evidence with the clause it rests on, to each person their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kyara.extractors.sentence import SentenceExtractor
from kyara.extractors.sentence import likeness as module
from kyara.flow import NOTHING, Asker, Looker
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime

VOCABULARY = load_vocabulary()
TEXT = "A girl with red hair, green eyes and a hat. She smiles."
TWO = "An old man with a white beard stands beside a young girl with red hair. She wears glasses."


@pytest.fixture
def sentence(text_hubs, text_models):
    """Makes the extractor of the tiny encoder."""

    def made(vocabulary=VOCABULARY, runtime=Runtime()) -> SentenceExtractor:  # noqa: B008
        return SentenceExtractor(vocabulary, text_hubs("encoder").weights, runtime, text_models)

    return made


@pytest.fixture
def matching(sentence, monkeypatch):
    """Makes an extractor and raw outputs in which a clause is one label's very phrase, and like no other."""

    def made(view, **clauses):
        extractor = sentence()
        rows = {
            (question.attribute, label): row
            for question in extractor._phrases.questions
            for label, row in zip(question.labels, question.rows, strict=True)
        }
        units = [unit for of_people in told(view) for unit in of_people]
        count = len(extractor._phrases.ensembles)
        monkeypatch.setattr(extractor, "_matrix", np.eye(count, dtype=np.float32))
        vectors = np.zeros((len(units), count), np.float16)
        for attribute, (label, unit) in clauses.items():
            vectors[units.index(unit), rows[attribute, label]] = 1
        return extractor, {"vectors": vectors}

    from kyara.extractors.sentence.extractor import _clauses as told

    return made


def test_it_is_a_looker_and_asked_about_all_at_once(sentence) -> None:
    assert isinstance(sentence(), Looker)
    assert not isinstance(sentence(), Asker)


def test_a_look_gives_a_vector_a_clause(sentence, text_views) -> None:
    extractor, (view, empty) = sentence(), text_views([TEXT, " "])
    raw, nothing = extractor.look([view, empty])
    assert raw["vectors"].shape == (7, 32)
    assert raw["vectors"].dtype == np.float16
    assert np.linalg.norm(raw["vectors"].astype(np.float32), axis=1) == pytest.approx(1, abs=1e-3)
    assert extractor.interpret(empty, nothing, VOCABULARY.names) == NOTHING


def test_answers_do_not_depend_on_the_views_beside(sentence, text_views) -> None:
    views = text_views([TEXT, TWO, "no glasses", "", "red hair"])
    together = sentence().look(views)
    for view, raw in zip(views, together, strict=True):
        assert (sentence().look([view])[0]["vectors"] == raw["vectors"]).all()


def test_evidence_names_the_clause_it_rests_on(matching, text_views) -> None:
    (view,) = text_views([TEXT])
    extractor, raw = matching(view, hair_color=("red", "A girl with red hair"), accessories=("hat", "a hat"))
    reading = extractor.interpret(view, raw, VOCABULARY.names)
    found = {one.attribute: one for one in reading.evidence}
    assert {name: one.span for name, one in found.items()} == {
        "hair_color": ("A girl with red hair",),
        "accessories": ("a hat",),
    }
    assert found["hair_color"].scores[0] == ("red", pytest.approx(module.CEILING, abs=0.01))
    assert found["hair_color"].version == extractor.version
    assert [one.attribute for one in extractor.interpret(view, raw, ["accessories"]).evidence] == ["accessories"]
    assert not reading.silent & {"hair_color", "accessories"}


def test_a_denied_thing_is_left_to_the_rules(sentence, text_views) -> None:
    (view,) = text_views(["She wears no glasses"])
    (raw,) = sentence().look([view])
    assert raw["vectors"].size == 0
    assert sentence().interpret(view, raw, VOCABULARY.names) == NOTHING


def test_each_person_has_their_own_clauses(matching, text_views) -> None:
    man, girl = text_views([TWO], sightings=2)
    extractor, raw = matching(girl, hair_color=("red", "a young girl with red hair"))
    assert extractor.interpret(man, raw, VOCABULARY.names).evidence == ()
    assert extractor.interpret(girl, raw, VOCABULARY.names).evidence[0].scores[0][0] == "red"
    (alone,) = text_views([TWO])
    (shared,) = extractor.interpret(alone, raw, VOCABULARY.names).evidence
    assert shared.scores[0][1] == pytest.approx(module.CEILING / 2, abs=0.01), "said of one of two"


def test_versions_follow_what_they_should(sentence) -> None:
    plain, again = sentence(), sentence()
    assert (plain.version, plain.look_version) == (again.version, again.look_version)
    fewer = sentence(replace(VOCABULARY, attributes=VOCABULARY.attributes[:3]))
    assert fewer.look_version == plain.look_version, "a new vocabulary costs no pass"
    assert fewer.version != plain.version
    assert sentence(runtime=Runtime("openvino")).look_version != plain.look_version


@pytest.mark.parametrize("text", ["🙂", "x" * 20_000, "a, " * 5000, "\0"])
def test_odd_texts_are_read_too(text, sentence, text_views) -> None:
    extractor, (view,) = sentence(), text_views([text])
    (raw,) = extractor.look([view])
    assert isinstance(extractor.interpret(view, raw, VOCABULARY.names).evidence, tuple)
