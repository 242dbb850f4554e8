"""The lists of tags that give notes: spelt as Danbooru spells them, each once, for kinds that exist."""

from kyara.extractors.tags.syntax import clean
from kyara.noting.tags import tags_of_notes
from kyara.records import NoteKind


def test_every_tag_is_written_as_the_parser_gives_it() -> None:
    for tag in tags_of_notes():
        written, category = clean(tag)
        assert tag == (f"rating:{written}" if category else written)


def test_tags_say_what_they_say() -> None:
    assert tags_of_notes()["4koma"] is NoteKind.COMIC_PAGE
    assert tags_of_notes()["rating:explicit"] is NoteKind.EXPLICIT
    assert "from_side" not in tags_of_notes()
