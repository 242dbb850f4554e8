"""Captions: identity, then what stays, then the rest; values correct the tags they came from; names replace traits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kyara.exports.captions import Captions, Style, tag_of, usual_traits
from kyara.exports.pictures import Cut
from kyara.records import Sample, Sighting, Value
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()


def value(attribute: str, *labels: str, decided: bool = True) -> Value:
    return Value(attribute, labels, 0.9, decided, tuple((label, 0.9) for label in labels), ("tags",))


HANA = Sighting(
    identity="Hana",
    hints=("hana_(drawn_cast)",),
    values=(
        value("gender", "female"),
        value("hair_color", "pink"),
        value("eye_color", "green"),
        value("dress", "maid"),
        value("age", "child"),
        value("expression", "happy", decided=False),
    ),
)
TAGS = "smile, hana_(drawn_cast), 1girl, solo, pink_hair, apron"


def captions(**style: object) -> Captions:
    return Captions(VOCABULARY, lambda text: [tag.strip() for tag in text.split(",")], Style(**style))


def cut(*sightings: Sighting, tags: str | None = TAGS, text: str | None = None) -> Cut:
    return Cut(Sample("a.png", "0" * 64, "", 9, 9, tags, text, sightings=sightings))


def test_identity_then_core_then_rest() -> None:
    assert captions().of(cut(HANA)) == "Hana, 1girl, solo, green eyes, pink hair, maid, smile, apron"


def test_what_is_decided_is_added_and_what_is_perceived_is_not() -> None:
    said = captions().of(cut(HANA, tags=None))
    assert said == "Hana, 1girl, solo, pink hair, green eyes, maid"  # no age, nothing undecided


def test_a_value_corrects_the_tag_it_denies() -> None:
    assert "blue" not in captions().of(
        cut(HANA, tags="1girl, blue_eyes, blue_hair, blue_sky".replace(", blue_sky", ""))
    )
    assert "blue sky" in captions().of(cut(HANA, tags="blue_eyes, blue_sky"))
    two = cut(HANA, Sighting(values=(value("eye_color", "blue"),)), tags="2girls, blue_eyes")
    assert "blue eyes" in captions().of(two)  # the other one's
    assert captions().of(cut(tags="blue_eyes")) == "blue eyes"  # nobody seen, nothing denied


def test_separator_trigger_and_underscores() -> None:
    assert captions(separator="|||").of(cut(HANA)).startswith("Hana ||| 1girl, solo, ")
    assert captions(separator="|||", trigger="ohwx").of(cut(HANA)).startswith("ohwx ||| 1girl, ")
    assert captions(separator="|||").of(cut(Sighting(), tags="sky")) == "sky"
    assert "pink_hair" in captions(underscores=True).of(cut(HANA))
    both = cut(HANA, replace(HANA, identity="Yuki"), tags=None)
    assert captions(trigger="ohwx").of(both).startswith("ohwx, Hana, Yuki, 2girls, ")


@pytest.mark.parametrize("tag", ["a\nb", "a\tb", "a,b", "a|||b", " a  b "])
def test_no_tag_breaks_line_or_separator(tag: str) -> None:
    made = Captions(VOCABULARY, lambda text: [text], Style(separator="|||")).of(cut(Sighting(), tags=tag))
    assert made == "a b"


def test_emoticons_keep_their_underscores() -> None:
    assert captions().of(cut(Sighting(), tags="^_^, long_sleeves")) == "^_^, long sleeves"


def test_of_a_head_only_what_the_head_shows() -> None:
    whole = cut(HANA)
    assert captions().of(replace(whole, part="head", number=1)) == "Hana, 1girl, solo, pink hair, green eyes"
    assert "apron" in captions().of(replace(whole, part="body", number=1))
    two = cut(replace(HANA, tags=(("ribbon", 0.9), ("hat", 0.1))), Sighting())
    body = captions().of(replace(two, part="body", number=1))
    assert "ribbon" in body  # a tagger saw it on this one; whose the apron is nobody knows
    assert "hat" not in body
    assert "apron" not in body


def test_text_captions_fall_back_on_tags() -> None:
    told = cut(HANA, text="A girl\n with an apron.")
    assert captions(words="text", trigger="ohwx").of(told) == "ohwx A girl with an apron."
    assert captions(words="text").of(cut(replace(HANA, caption="Hana smiles."), text="x")) == "Hana smiles."
    assert captions(words="text").of(cut(HANA)) == captions().of(cut(HANA))


def test_usual_traits_are_what_nearly_all_sightings_share() -> None:
    other = replace(HANA, values=(*HANA.values[:2], value("eye_color", "blue"), HANA.values[3]))
    cuts = [cut(one) for one in (HANA, HANA, HANA, HANA, other)]
    assert usual_traits(cuts, VOCABULARY) == {
        "Hana": {("hair_color", "pink"), ("eye_color", "green"), ("age", "child")}  # 4 of 5, and no dress
    }
    assert usual_traits(cuts[:2], VOCABULARY) == {"Hana": frozenset()}  # too few to tell
    assert usual_traits([cut(replace(HANA, identity=None))] * 3, VOCABULARY) == {}
    assert set(usual_traits([cut(replace(HANA, identity=None))] * 3, VOCABULARY, "ohwx")) == {"ohwx"}


def test_pruned_traits_are_left_to_the_name() -> None:
    pruned = {"Hana": frozenset({("hair_color", "pink"), ("eye_color", "green")})}
    made = replace(captions(), pruned=pruned)
    assert made.of(cut(HANA, tags=f"{TAGS}, light_green_eyes")) == "Hana, 1girl, solo, maid, smile, apron"
    guest = Sighting(values=(value("hair_color", "pink"),))
    assert "pink hair" in made.of(cut(HANA, guest))  # the guest's, whom no name stands for


def test_every_label_has_a_plain_tag() -> None:
    found = {(a.name, label.name): tag_of(a.name, label) for a in VOCABULARY.attributes for label in a.labels}
    assert found["hair_color", "gray"] == "grey_hair"
    assert found["expression", "angry"] == "angry"
    assert found["hair_style", "messy"] == "messy_hair"
    assert all(found.values())
