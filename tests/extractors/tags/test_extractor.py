"""The tags extractor: labels, misspellings, what must never be bent, contradictions, several characters, names."""

from pathlib import Path

import pytest

from kyara.errors import SettingsError
from kyara.extractors.tags import TagsExtractor
from kyara.extractors.tags.cast import Cast, divided, expected_cast, shared
from kyara.extractors.tags.meanings import BY_TAIL, MISSPELT, SAID
from kyara.flow import Reading, View
from kyara.records import Box, Sample, Sighting
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
EXTRACTOR = TagsExtractor(VOCABULARY)


def views(tags: str | None, count: int = 1, head: Box | None = None) -> list[View]:
    sample = Sample("key", "id", "uri", tags=tags, sightings=(Sighting(head=head),) * count)
    return [View(sample, index) for index in range(count)]


def read(tags: str, extractor: TagsExtractor = EXTRACTOR) -> dict[str, dict[str, float]]:
    return scores(extractor.read(views(tags), VOCABULARY.names)[0])


def scores(reading: Reading) -> dict[str, dict[str, float]]:
    return {evidence.attribute: dict(evidence.scores) for evidence in reading.evidence}


def hints(tags: str, extractor: TagsExtractor = EXTRACTOR) -> tuple[str, ...]:
    return extractor.read(views(tags), VOCABULARY.names)[0].hints


@pytest.mark.parametrize(
    ("tag", "attribute", "label"),
    [
        ("blue_eyes", "eye_color", "blue"),
        ("silver hair", "hair_color", "gray"),
        ("cat_ears", "accessories", "animal_ears"),
        (":d", "expression", "happy"),
        ("serafuku", "dress", "school_uniform"),
        ("old_man", "age", "elderly"),
        ("old_man", "gender", "male"),
        ("hatsune_miku_(cosplay)", "dress", "costume"),
    ],
)
def test_exact(tag: str, attribute: str, label: str) -> None:
    assert read(f"{tag}, simple background")[attribute] == {label: SAID}


def test_alias_and_hyphens_mean_the_tag() -> None:
    assert read("bunny_ear two_tone_hair") == read("rabbit_ears two-tone_hair")
    assert read("Blue-Eyes") == {"eye_color": {"blue": SAID}}


def test_an_unknown_tag_means_its_tail() -> None:
    assert read("pale_dark_blue_hair some_unheard_school_uniform") == {
        "hair_color": {"blue": BY_TAIL},
        "dress": {"school_uniform": BY_TAIL},
    }


@pytest.mark.parametrize(
    "tag", ["unworn_red_hat", "no_cat_ears", "water_gun", "eye_mask", "fairy_tail", "alternate_hair_color"]
)
def test_a_tail_is_not_believed(tag: str) -> None:
    assert read(tag) == {}


@pytest.mark.parametrize(
    ("written", "attribute", "label"),
    [
        ("bleu_eyes", "eye_color", "blue"),
        ("twintials", "hair_style", "twintails"),
        ("green_eyse", "eye_color", "green"),
        ("school_unifrom", "dress", "school_uniform"),
        ("hair_ornamet", "accessories", "hair_ornament"),
        ("hetrochromia", "eye_color", "heterochromia"),
    ],
)
def test_misspelt(written: str, attribute: str, label: str) -> None:
    assert read(written)[attribute] == {label: MISSPELT}
    assert MISSPELT < BY_TAIL < SAID


@pytest.mark.parametrize(
    "tag",
    [
        "blue_hare",
        "long_chair",
        "black_cat",
        "blank_eyes",
        "locker",
        "snowing",
        "circle",
        "smlie",
        "pants_pull",
    ],
)
def test_real_words_and_short_tags_are_not_bent(tag: str) -> None:
    assert read(tag) == {}


@pytest.mark.parametrize(
    "tag", ["blue_eyeshadow", "black_hairband", "red_hair_ribbon", "brown_eyewear", "blonde_pubic_hair"]
)
def test_things_near_hair_and_eyes_say_nothing_of_them(tag: str) -> None:
    assert not {"hair_color", "eye_color", "hair_length"} & read(tag).keys()


def test_two_hair_colours_stay_split() -> None:
    assert read("1girl black_hair red_hair")["hair_color"] == {"black": SAID / 2, "red": SAID / 2}


@pytest.mark.parametrize(
    ("tags", "attribute", "label"),
    [
        ("blonde_hair pink_hair multicolored_hair", "hair_color", "multicolored"),
        ("blonde_hair pink_hair streaked_hair", "hair_color", "multicolored"),
        ("red_eyes blue_eyes heterochromia", "eye_color", "heterochromia"),
        ("red_eyes multicolored_eyes heterochromia", "eye_color", "heterochromia"),
    ],
)
def test_a_mixture_explains_its_parts(tags: str, attribute: str, label: str) -> None:
    found = read(tags)[attribute]
    assert max(found, key=lambda name: found[name]) == label
    assert found[label] > 0.75
    assert sum(found.values()) <= 1


def test_very_long_hair_is_no_contradiction_of_long_hair() -> None:
    assert read("long_hair very_long_hair")["hair_length"] == {"very_long": SAID}


def test_spans_are_the_tags_as_written() -> None:
    reading = EXTRACTOR.read(views("1girl, bleu eyes, (red bow:1.2), hair bow"), VOCABULARY.names)[0]
    spans = {evidence.attribute: evidence.span for evidence in reading.evidence}
    assert spans == {"gender": ("1girl",), "eye_color": ("bleu_eyes",), "accessories": ("red_bow", "hair_bow")}


def test_only_what_is_asked_and_nothing_without_tags() -> None:
    assert scores(EXTRACTOR.read(views("1girl blue_eyes hat"), {"eye_color"})[0]) == {"eye_color": {"blue": SAID}}
    assert EXTRACTOR.read(views(None), VOCABULARY.names) == [Reading()]


@pytest.mark.parametrize(
    ("tags", "cast"),
    [
        ("1girl solo", Cast(girls=1, total=1)),
        ("1girl 1boy", Cast(girls=1, boys=1, total=2)),
        ("2girls multiple_girls", Cast(girls=2, total=2)),
        ("multiple_girls", Cast(girls=2, total=2, exact=False)),
        ("6+girls", Cast(girls=6, total=6, exact=False)),
        ("3girls, 2 boys", Cast(girls=3, boys=2, total=5)),
        ("1girl couple", Cast(girls=1, total=2, exact=False)),
        ("1other", Cast(others=1, total=1)),
        ("solo blue_eyes", Cast(total=1)),
        ("no_humans scenery", Cast()),
    ],
)
def test_cast(tags: str, cast: Cast) -> None:
    assert expected_cast(tags) == cast
    assert EXTRACTOR.announce(views(tags)[0].sample) == cast.total


def test_silent_tags_announce_nobody() -> None:
    assert expected_cast("blue_eyes hat") is None
    assert EXTRACTOR.announce(views("blue_eyes")[0].sample) is None
    assert EXTRACTOR.announce(views(None)[0].sample) is None


def test_counts_tell_who_is_who() -> None:
    girl, boy = EXTRACTOR.read(views("1girl 1boy hat", 2), VOCABULARY.names)
    assert scores(girl)["gender"] == {"female": SAID}
    assert scores(boy)["gender"] == {"male": SAID}


def test_boxes_do_not_tell_who_is_who() -> None:
    located = EXTRACTOR.read(views("2girls 1boy", 3, head=(0, 0, 9, 9)), {"gender"})
    assert [scores(reading)["gender"] for reading in located] == [{"female": 0.6333, "male": 0.3167}] * 3


def test_shared_tags_weigh_less_and_one_of_sums_to_one() -> None:
    alone, pair = read("1girl hat blue_hair"), read("2girls hat blue_hair")
    assert pair["accessories"]["hat"] < alone["accessories"]["hat"]
    assert pair["hair_color"]["blue"] < alone["hair_color"]["blue"]
    assert sum(read("3girls blue_hair red_hair black_hair white_hair")["hair_color"].values()) <= 1
    assert shared(2, 0.0) == divided(2, 1, 0.0) == 0.5
    assert shared(1, 0.3) == divided(1, 1, 0.3) == shared(4, 1.0) == 1.0


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ("1girl miyo_(blue_archive) blue_archive hat", ("miyo_(blue_archive)",)),
        ("1girl nitocris_(fate) fate/grand_order", ("nitocris_(fate)",)),
        ("1girl reze_(some_new_work) some_new_work", ("reze_(some_new_work)",)),
        ("1girl houshou_marine houshou_marine_(1st_costume)", ("houshou_marine",)),
        ("1girl neru_(bunny)_(blue_archive) neru_(blue_archive)", ("neru_(blue_archive)",)),
        ("1girl character:hatsune_miku", ("hatsune_miku",)),
        (r"1girl, miyo \(some unknown work\), hat", ("miyo_(some_unknown_work)",)),
        ("1girl kanon_(kurogane_knights) touhou", ()),
        ("1girl star_(symbol) bow_(weapon) pokemon_(creature) fate_(series)", ()),
        ("hatsune_miku_(cosplay) 1girl vocaloid artist:someone", ()),
    ],
)
def test_character_tags_become_hints(tags: str, names: tuple[str, ...]) -> None:
    assert hints(tags) == names


def test_ratings_meta_and_prefixed_tags_say_nothing() -> None:
    assert read("rating:safe, rating_safe, highres, absurdres, artist:blue_eyes, series:cat_ears, meta:hat") == {}


def test_tag_table_gives_exact_categories(tmp_path: Path) -> None:
    table = tmp_path / "tags.csv"
    table.write_text('name,category,count,aliases\nhatsune_miku,4,9,"miku"\nblue_eyse,1,5,\ncat_eers,0,3,cat_ears\n')
    extractor = TagsExtractor(VOCABULARY, table)
    assert hints("1girl miku", extractor) == ("miku",)
    assert hints("1girl hatsune_miku", extractor) == ("hatsune_miku",)
    assert read("blue_eyse", extractor) == read("cat_eers", extractor) == {}  # real names there, misspellings elsewhere
    assert read("blue_eyse") == {"eye_color": {"blue": MISSPELT}}
    assert extractor.version != EXTRACTOR.version


@pytest.mark.parametrize(
    ("content", "error"), [(None, "No such file"), (b"a,general,1\n", "'general'"), (b"\xff,1", "UTF-8")]
)
def test_bad_tag_tables_are_refused(tmp_path: Path, content: bytes | None, error: str) -> None:
    table = tmp_path / "tags.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(SettingsError, match=error):
        TagsExtractor(VOCABULARY, table)


def test_answers_do_not_depend_on_what_was_read_before() -> None:
    fresh = TagsExtractor(VOCABULARY)
    before = read("2girls hat blue_hair bleu_eyes", fresh)
    fresh.read(views("1girl hat blue_hair red_hair") * 50, VOCABULARY.names)
    fresh.forget()
    assert read("2girls hat blue_hair bleu_eyes", fresh) == before


def test_announced_or_not_repeated_or_not_the_reading_is_the_same() -> None:
    texts = ["1girl hat blue_hair", "2girls hat hat blue_hair", "1girl hat blue_hair", "landscape"]
    plain = [reading for text in texts for reading in TagsExtractor(VOCABULARY).read(views(text, 2), VOCABULARY.names)]
    announced = TagsExtractor(VOCABULARY)
    assert [announced.announce(views(text)[0].sample) for text in texts] == [1, 2, 1, None]
    assert announced.read([view for text in texts for view in views(text, 2)], VOCABULARY.names) == plain
    spans = {evidence.attribute: evidence.span for evidence in plain[2].evidence}
    assert spans["accessories"] == ("hat",), "a tag written twice is one"


def test_a_prefix_counts_only_where_it_is_written() -> None:
    fresh = TagsExtractor(VOCABULARY)
    assert hints("1girl character:hatsune_miku", fresh) == ("hatsune_miku",)
    assert hints("1girl hatsune_miku", fresh) == ()


def test_forgetting_in_between_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"1girl hat name{n} blue_hair cat_ears miyo_(blue_archive)" for n in range(30)]
    expected = EXTRACTOR.read([view for text in texts for view in views(text)], VOCABULARY.names)
    monkeypatch.setattr("kyara.extractors.tags.extractor.REMEMBERED", 7)
    forgetful = TagsExtractor(VOCABULARY)
    assert {forgetful.announce(views(text)[0].sample) for text in texts} == {1}
    assert forgetful.read([view for text in texts for view in views(text)], VOCABULARY.names) == expected
