"""What the grammar reads, and that every refusal points at the column and says what to write there."""

from __future__ import annotations

import pytest

from kyara.catalogue.query import QueryError, parse
from kyara.catalogue.query.tree import And, Confidence, Is, Not, Or


def test_and_binds_closer_than_or_and_not_closest() -> None:
    assert parse("a=1 or not b=2 and c=3") == Or((Is("a", ("1",)), And((Not(Is("b", ("2",))), Is("c", ("3",))))))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("hair_color=silver>0.8", Is("hair_color", ("silver",), "=", Confidence(">", 0.8))),
        ("hair_color in (silver, white) <= 1", Is("hair_color", ("silver", "white"), "=", Confidence("<=", 1.0))),
        ("hair_color=(silver,white)", Is("hair_color", ("silver", "white"))),
        ("hair_color NOT IN (silver)", Is("hair_color", ("silver",), "!=")),
        ("width >= 512", Is("width", ("512",), ">=")),
        ("key~'*rain ?.png'", Is("key", ("*rain ?.png",), "~")),
        ("character='a \\'b\\' \\\\'", Is("character", ("a 'b' \\",))),
        ("character=\"a 'b'\"", Is("character", ("a 'b'",))),
        ("character=初音ミク", Is("character", ("初音ミク",))),
        ("tag=:d", Is("tag", (":d",))),
        ("android=orange", Is("android", ("orange",))),
        ("not not not a=b", Not(Is("a", ("b",)))),
        ("((a=b))", Is("a", ("b",))),
        ("a='and'", Is("a", ("and",))),
        ("a=''", Is("a", ("",))),
    ],
)
def test_conditions(text: str, meant: object) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("hair_color= and gender=female", 13, "'and' found; expected a name or '('"),
        ("a=b c=d", 5, "'c' found; expected 'and', 'or', ')' or the end"),
        ("character=miku_(vocaloid)", 16, "a name with spaces or brackets in it stands in quotes"),
        ("a=b and", 8, "the query ends here; expected a name, 'not' or '('"),
        ("reviewed", 9, "the query ends here; expected a sign"),
        ("(a=b", 5, "expected"),
        ("a='b", 3, "the quote ' is never closed"),
        ("a!b", 2, "unequal is !="),
        ("a=b>2", 5, "write a number from 0 to 1"),
        ("a=b>nan", 5, "write a number from 0 to 1"),
        ("a=b=0.5", 4, "a confidence has >, >=, < or <="),
        ("a=()", 4, "expected a name"),
        ("a=b)", 4, "')' found"),
    ],
)
def test_what_cannot_be_read(text: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.column == column
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_is_no_query(text: str) -> None:
    with pytest.raises(QueryError, match="write a condition"):
        parse(text)


def test_carets_stand_under_the_place() -> None:
    with pytest.raises(QueryError) as caught:
        parse("name=初音\nミク")
    shown, carets = str(caught.value).splitlines()[1:]
    assert shown == "  name=初音 ミク", "one line, whatever the query holds"
    assert carets == "  " + " " * 10 + "^^^^", "wide letters take two columns"


def test_a_long_query_is_shown_around_the_place() -> None:
    with pytest.raises(QueryError) as caught:
        parse(" and ".join(f"a{number}=b" for number in range(5000)) + " and and")
    shown, carets = str(caught.value).splitlines()[1:]
    assert len(shown) < 200
    assert shown[carets.index("^") :].startswith("and")


def test_deep_brackets_are_refused_and_long_queries_are_not() -> None:
    with pytest.raises(QueryError, match="brackets within brackets"):
        parse("(" * 3000 + "a=b" + ")" * 3000)
    assert parse("a=b and " * 3000 + "a=b")
    assert parse("not " * 3000 + "a=b") == Is("a", ("b",))
