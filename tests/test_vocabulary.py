"""Adding to and replacing the vocabulary, refusing every mistake with file, key and remedy, and resolving names."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyara.errors import VocabularyError
from kyara.vocabulary import load_vocabulary, plain_name, plain_tag

BUILT_IN = load_vocabulary()

NAMED_BY_THE_ISSUE = {
    "age": "child teen young_adult middle_aged elderly",
    "gender": "male female non_binary",
    "ethnicity": "asian african caucasian hispanic middle_eastern",
    "hair_style": "straight wavy curly ponytail twintails bun braided bob drill spiky hime_cut",
    "hair_color": "black brown blonde red orange pink purple blue aqua green white gray multicolored",
    "hair_length": "bald short medium long very_long",
    "eye_color": "brown blue green gray hazel amber red purple pink yellow orange aqua black heterochromia",
    "body_type": "slim average muscular curvy heavy short tall",
    "dress": "casual formal traditional uniform school_uniform fantasy modern armour swimwear sportswear",
    "expression": "neutral smiling happy sad angry surprised embarrassed crying",
    "accessories": "glasses hat ribbon earrings necklace gloves mask weapon wings animal_ears horns",
}
ONE_OF = {"age", "gender", "ethnicity", "hair_color", "hair_length", "eye_color"}


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("attribute", NAMED_BY_THE_ISSUE)
def test_the_built_in_one_knows_every_label_the_issue_names(attribute: str) -> None:
    for label in NAMED_BY_THE_ISSUE[attribute].split():
        assert BUILT_IN.resolve(attribute, label)[0] == attribute
    assert BUILT_IN[attribute].one_of == (attribute in ONE_OF)


def test_the_built_in_one_gives_every_label_prompts_and_words() -> None:
    for attribute in BUILT_IN.attributes:
        for label in attribute.labels:
            assert len(label.prompts) >= 1, (attribute.name, label.name)
            assert label.tags or label.words or label.phrases, (attribute.name, label.name)
            assert label.name == plain_name(label.name)


def test_ethnicity_is_documented_as_perceived() -> None:
    assert "perceived" in BUILT_IN["ethnicity"].title


SHOES = """
[shoes]
kind = "many-of"
[shoes.labels.boots]
prompts = ["a person in boots"]
tags = ["Knee Boots", "knee_boots"]
"""


def test_a_file_adds_an_attribute(written) -> None:
    own = load_vocabulary(written(SHOES))
    assert own.names == (*BUILT_IN.names, "shoes")
    shoes = own["shoes"]
    assert (shoes.title, shoes.part, shoes.one_of, shoes.label_names) == ("shoes", "body", False, ("boots",))
    assert shoes.labels[0].tags == ("knee_boots",)
    assert own["hair_color"] == BUILT_IN["hair_color"]
    assert "shoes" not in load_vocabulary()


def test_a_file_adds_a_label(written) -> None:
    own = load_vocabulary(written('[hair_color.labels.zinc]\nprompts = ["zinc hair"]\ntags = ["zinc_hair"]'))
    assert own["hair_color"].label_names == (*BUILT_IN["hair_color"].label_names, "zinc")


def test_a_file_adds_synonyms_and_keeps_the_old_ones(written) -> None:
    own = load_vocabulary(written('[hair_color.labels.red]\nwords = ["quuxish"]\naliases = ["quuxred"]'))
    old = next(label for label in BUILT_IN["hair_color"].labels if label.name == "red")
    new = next(label for label in own["hair_color"].labels if label.name == "red")
    assert new.words == (*old.words, "quuxish")
    assert new.prompts == old.prompts
    assert own.resolve("hair color", "quuxred") == ("hair_color", "red")


def test_a_synonym_given_again_changes_nothing(written) -> None:
    label = BUILT_IN["hair_color"].labels[0]
    own = load_vocabulary(written(f'[hair_color.labels.{label.name}]\nwords = ["{label.words[0]}"]'))
    assert own == BUILT_IN


def test_a_file_replaces_the_whole(written) -> None:
    assert load_vocabulary(written("replace = true" + SHOES)).names == ("shoes",)


def test_a_file_with_a_byte_order_mark_is_read(written) -> None:
    assert "shoes" in load_vocabulary(written(b"\xef\xbb\xbf" + SHOES.encode()))


HAIR = "[hair_color.labels.{}]\nprompts = ['x']\n"
MISTAKES = {
    "label twice": (HAIR.format("zinc") * 2, "zinc", "correct that line"),
    "label twice by spelling": (HAIR.format("Red"), "hair_color] labels: 'red'", "rename or remove one"),
    "label twice by hyphen": (
        HAIR.format("sea-green") + HAIR.format("'Sea Green'"), "'sea_green' names both", "rename or remove one"
    ),
    "label that is an alias": (HAIR.format("zinc") + 'aliases = ["Red"]', "'red' and 'zinc'", "rename or remove one"),
    "tag of two labels": (
        HAIR.format("zinc") + 'tags = ["red hair"]', "is claimed by 'red' and 'zinc'", "leave it with one"
    ),
    "no prompts": ("[hair_color.labels.zinc]\nwords = ['zinc']", "labels.zinc] prompts: empty", "write at least one"),
    "empty prompt": ("[hair_color.labels.zinc]\nprompts = [' ']", "labels.zinc] prompts", "remove it"),
    "empty prompts": ("[hair_color.labels.zinc]\nprompts = []", "labels.zinc] prompts: empty", "write at least one"),
    "prompts no list": ("[hair_color.labels.zinc]\nprompts = 'x'", "prompts: 'x' found", "write a list of texts"),
    "prompts of numbers": ("[hair_color.labels.zinc]\nprompts = [3]", "prompts: [3] found", "write a list of texts"),
    "unknown key of a label": (HAIR.format("zinc") + "tgas = []", "labels.zinc] tgas", "did you mean 'tags'?"),
    "unknown key of an attribute": ("[hair_color]\nlable = 1", "[hair_color] lable", "did you mean 'labels'?"),
    "wrong kind": ("[hair_color]\nkind = 'either'", "[hair_color] kind: 'either'", 'write kind = "one-of"'),
    "no kind": ("[shoes.labels.boots]\nprompts = ['x']", "[shoes] kind: None", 'write kind = "one-of"'),
    "wrong part": ("[hair_color]\npart = 'foot'", "[hair_color] part: 'foot'", 'part = "head"'),
    "wrong title": ("[hair_color]\ntitle = 3", "[hair_color] title: 3", "write a text"),
    "wrong mixes": (HAIR.format("zinc") + "mixes = 'yes'", "mixes: 'yes'", "write true or false"),
    "no labels": ("[shoes]\nkind = 'one-of'", "[shoes]: no labels", "add at least one"),
    "label no table": ("[hair_color.labels]\nzinc = 'x'", "labels.zinc]: 'x' found", "write a table"),
    "label without a name": (HAIR.format("''"), "labels.]: the label has no name", "give it one"),
    "no attribute table": ("shoes = 1", "key 'shoes'", "write [shoes]"),
    "bad attribute name": (SHOES.replace("shoes", "'My Shoes'"), "[My Shoes]", "rename it"),
    "attribute name with a digit first": (SHOES.replace("shoes", "2nd"), "[2nd]", "rename it"),
    "nothing in it": ("replace = true", "no attribute in it", "write at least one"),
    "replace no truth value": ("replace = 'no'" + SHOES, "replace: 'no'", "write replace = true"),
    "unknown schema": ("schema = 9", "schema 9", "write schema = 1"),
    "not TOML": ("[hair_color", "not valid TOML", "correct that line"),
    "not UTF-8": (b"[shoes]\ntitle = '\xff'", "not UTF-8 at byte 17", "save it as UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_file_key_and_remedy(mistake: str, written) -> None:
    text, key, remedy = MISTAKES[mistake]
    path = written(text)
    with pytest.raises(VocabularyError) as refused:
        load_vocabulary(path)
    assert str(path) in str(refused.value)
    assert key in str(refused.value)
    assert remedy in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="give the path of a TOML file"):
        load_vocabulary(tmp_path / name)


def test_a_many_of_attribute_may_share_a_tag(written) -> None:
    own = load_vocabulary(written(SHOES + '[shoes.labels.heels]\nprompts = ["x"]\ntags = ["knee boots"]'))
    assert [label.tags for label in own["shoes"].labels] == [("knee_boots",), ("knee_boots",)]


@pytest.mark.parametrize("key", ["prompts", "tags", "words", "phrases", "aliases"])
def test_the_digest_changes_with_any_word(key: str, written) -> None:
    plain = "[hair_color.labels.red]\n"
    assert load_vocabulary(written(plain)).digest == BUILT_IN.digest
    assert load_vocabulary(written(f'{plain}{key} = ["quuxred x"]')).digest != BUILT_IN.digest


@pytest.mark.parametrize("line", ["title = 'x'", "part = 'body'", "kind = 'many-of'", "nouns = ['plumage']"])
def test_the_digest_changes_with_anything_of_an_attribute(line: str, written) -> None:
    assert load_vocabulary(written(f"[hair_color]\n{line}")).digest != BUILT_IN.digest


@pytest.mark.parametrize(
    ("attribute", "label", "meant"),
    [
        ("Hair Color", "RED", ("hair_color", "red")),
        ("hair-color", " red ", ("hair_color", "red")),
        ("age", "Middle-Aged", ("age", "middle_aged")),
        ("age", "middle aged", ("age", "middle_aged")),
        ("age", "teenager", ("age", "teen")),
        ("hair_color", "Silver", ("hair_color", "gray")),
    ],
)
def test_names_resolve_in_any_spelling_and_by_alias(attribute: str, label: str, meant: tuple[str, str]) -> None:
    assert BUILT_IN.resolve(attribute, label) == meant


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(VocabularyError, match=r"attribute 'hair_colour' is unknown; did you mean 'hair_color'\?"):
        BUILT_IN.resolve("hair_colour", "red")
    with pytest.raises(VocabularyError, match=r"label 'bluee' of hair_color is unknown; did you mean 'blue'\?"):
        BUILT_IN.resolve("hair_color", "bluee")
    with pytest.raises(VocabularyError, match="choose one of age, gender"):
        BUILT_IN.resolve("zzz", "x")


def test_tags_and_names_are_compared_in_one_spelling() -> None:
    assert plain_tag(" Hime Cut ") == "hime_cut"
    assert plain_tag("two-tone hair") == "two-tone_hair"
    assert plain_name("Two-Tone hair") == "two_tone_hair"
