"""A tree written in Python, its text, and the tree read back from that."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from kyara.catalogue.query import Query, parse, where
from kyara.catalogue.query.tree import And, Confidence, Is, Not, Or

WORDS = st.one_of(
    st.text(min_size=1, max_size=8), st.text(string.ascii_letters + "'\"\\()=<> ", min_size=1, max_size=6)
)
SURE = st.builds(Confidence, st.sampled_from([">", ">=", "<", "<="]), st.floats(0, 1))
CONDITIONS = st.builds(
    Is,
    WORDS,
    st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    st.sampled_from(["=", "!=", "~", ">", "<="]),
    st.none() | SURE,
)


def _combined(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    both = st.tuples(parts, parts)
    return both.map(lambda two: two[0] & two[1]) | both.map(lambda two: two[0] | two[1]) | parts.map(lambda one: ~one)


@given(st.recursive(CONDITIONS, _combined, max_leaves=8))
def test_the_text_of_a_query_reads_back_as_the_query(query: Query) -> None:
    assert parse(str(query)) == query


def test_python_and_text_write_the_same_query() -> None:
    written = where("hair_color", "silver", confidence=(">", 0.8)) & ~(
        where("accessories", "glasses", "hat") | where("width", 512, compare=">=")
    )
    assert written == parse("hair_color=silver>0.8 and not (accessories in (glasses, hat) or width>=512)")


def test_what_belongs_together_lies_flat() -> None:
    a, b, c = (where(name, "x") for name in "abc")
    assert a & (b & c) == And((a, b, c))
    assert (a | b) | c == Or((a, b, c))
    assert a & (b | c) == And((a, Or((b, c))))
    assert ~~a == a
    assert ~(a & b) == Not(And((a, b)))


def test_no_value_means_any() -> None:
    assert where("skip") == parse("skip=any")
