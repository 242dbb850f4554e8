"""The tables people read: who is where, what is unsure, what was skipped, and the trail of every value."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace

from rich.console import Console

from kyara.cli.table import print_in_full, print_samples
from kyara.records import Evidence, Note, NoteKind, Reason, Sample, Sighting, Skip, Value


def value(attribute: str, label: str, confidence: float, decided: bool = True) -> Value:
    return Value(attribute, (label,) if label else (), confidence, decided, ((label, confidence),), ("tags",))


def printed(*samples: Sample) -> str:
    return run(lambda console: print_samples(console, samples))


def run(act: object) -> str:
    console = Console(file=io.StringIO(), width=240, color_system=None)
    act(console)
    return console.file.getvalue()


def lines_with(text: str, *words: str) -> list[str]:
    return [line for line in text.splitlines() if all(word in line for word in words)]


def sample(*sightings: Sighting, **fields: object) -> Sample:
    return Sample(**({"key": "a.png", "id": "i", "uri": "file:///a.png", "width": 64} | fields), sightings=sightings)


SURE = value("hair_color", "light_brown", 0.91)
UNSURE = value("eye_color", "blue", 0.42, decided=False)


def test_one_row_a_character_under_one_name() -> None:
    two = sample(Sighting(values=(SURE, UNSURE), hints=("rin",)), Sighting(values=(value("gender", "male", 0.8),)))
    text = printed(two)
    assert lines_with(text, "a.png", "light brown 0.91", "blue? 0.42")
    assert lines_with(text, "male 0.80")
    assert text.count("a.png") == 1
    assert "rin" in text


def test_a_column_more_only_for_attributes_of_ones_own() -> None:
    assert "more" not in printed(sample(Sighting(values=(SURE,))))
    text = printed(sample(Sighting(values=(SURE, value("shoes", "boots", 0.9)))))
    assert lines_with(text, "sample", "more")
    assert "shoes: boots 0.90" in text


def test_a_skip_says_why() -> None:
    text = printed(sample(key="b.png", skip=Skip("open", Reason.TRUNCATED, "half of [it]")))
    assert lines_with(text, "b.png", "skipped: truncated half of [it]")


def test_a_value_without_labels_is_a_denial_or_no_line() -> None:
    denied = Value("accessories", (), 0.95, True, (("glasses", 0.05),), ("text",))
    assert "no glasses 0.95" in printed(sample(Sighting(values=(denied,))))
    assert "0.95" not in printed(sample(Sighting(values=(replace(denied, decided=False),))))


def test_names_are_printed_as_they_are_and_texts_by_their_words() -> None:
    text = printed(
        sample(Sighting(), key="[red]x[/].png"),
        sample(Sighting(), key="#1", width=None, text="a girl " + "with red hair " * 9),
        sample(key="bare"),
    )
    assert "[red]x[/].png" in text
    assert "a girl with red hair" in text
    assert "…" in text
    assert "#1" not in text
    assert "bare" in text


def in_full(one: Sample) -> str:
    return run(lambda console: print_in_full(console, one))


def test_in_full_every_value_shows_what_it_rests_on() -> None:
    evidence: Iterable[Evidence] = (
        Evidence("tags", "1", "hair_color", (("light_brown", 0.95),), ("brown_hair",)),
        Evidence("text", "1", "hair_color", (("black", 0.6),), ("dark [hair]",)),
        Evidence("text", "1", "eye_color", (("blue", 0.4),)),
    )
    seen = Sighting(
        head=(1.2, 2.0, 30.0, 40.0), values=(SURE, UNSURE), evidence=tuple(evidence), hints=("rin",)
    )  # fmt: skip
    text = in_full(sample(seen, height=48, tags="brown_hair", notes=(Note(NoteKind.SEVERAL_CHARACTERS, "2 expected"),)))
    assert lines_with(text, "a.png", "file:///a.png", "64 × 48")
    assert lines_with(text, "character 1", "rin", "head (1, 2, 30, 40)")
    assert lines_with(text, "hair color", "light brown 0.91", "tags: light brown 0.95", "← brown_hair")
    assert lines_with(text, "text: black 0.60", "← dark [hair]")
    assert lines_with(text, "eye color", "blue? 0.42", "text: blue 0.40")
    assert lines_with(text, "several characters", "2 expected")
    assert lines_with(text, "tags", "brown_hair")


def test_in_full_a_skip_says_where_and_why() -> None:
    text = in_full(sample(skip=Skip("decode", Reason.TRUNCATED, "half")))
    assert lines_with(text, "skipped at decode: truncated", "half")
