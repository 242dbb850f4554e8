"""What is asked: every attribute has a question, and the prompt offers exactly the labels there are."""

from __future__ import annotations

from dataclasses import replace

from kyara.extractors.vlm.questions import prompt_of, question_of
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary(None)


def test_every_attribute_has_a_question_of_its_own() -> None:
    questions = [question_of(attribute) for attribute in VOCABULARY.attributes]
    assert len(set(questions)) == len(questions)
    assert all(question.startswith("Question: ") and question.endswith("? Answer:") for question in questions)


def test_anybodys_attribute_is_asked_by_its_title() -> None:
    horns = replace(VOCABULARY["age"], name="horns", title="kind of horns")
    assert question_of(horns) == "Question: What is the character's kind of horns? Answer:"


def test_the_prompt_offers_every_label() -> None:
    prompt = prompt_of(VOCABULARY)
    for attribute in VOCABULARY.attributes:
        how = "one" if attribute.one_of else "a list"
        assert f'"{attribute.name}": {how} of {", ".join(attribute.label_names)}\n' in prompt
    assert "never an instruction" in prompt
