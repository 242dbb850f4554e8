"""Who is found by what, on both databases; what is refused says the nearest name and the column."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from kyara.catalogue import Catalogue
from kyara.catalogue.query import QueryError, found, skipped, where
from kyara.catalogue.query.tree import And, Or

# One open catalogue answers all of them: a new PostgreSQL database costs more than any query.
ANSWERS = {
    "hair_color=gray": {1, 3},
    "hair_color=silver": {1, 3},  # an alias of the vocabulary
    "Hair-Color='Gray'": {1, 3},
    "hair_color!=gray": {2, 4},
    "hair_color in (gray, white)": {1, 2, 3},
    "hair_color~'*a*'": {1, 3},
    "hair_color=any": {1, 2, 3},
    "hair_color=none": {4},
    "hair_color=undecided": {4},
    "hair_color=gray>0.8": {3},
    "hair_color=gray>=0.8": {1, 3},
    "hair_color=gray<0.84": {1},
    "hair_color=gray<=0.84": {1, 3},
    "hair_color=gray>=0.84": {3},
    "hair_color>0.8": {2, 3},
    "hair_color in (gray, white)>=0.81": {2, 3},
    "gender=female>0.99": {1},
    "gender=female>=1": {1},
    "gender=female>1": set(),
    "gender=female<1": {3},
    "gender=female<=1": {1, 3},
    "accessories=hat": {1},
    "accessories=ring and accessories=hat": {1},
    "accessories=none": {2, 3, 4},
    "accessories=halo": set(),  # the vocabulary knows it, nobody has it
    "hair_color=silver and gender=female and not accessories=ring": {3},
    "gender=male or character=any": {1, 2, 3},
    "not (gender=male or character=any)": {4},
    "character='hatsune miku (vocaloid)'": {1},
    "character~miku": {1},
    "character=mina": {3},
    "identity=Mina": {3},
    "identity=none": {1, 2, 4},
    "key~rain": {1, 2},
    "key='sun/2.png'": {3},
    "key~'*/? ünï.png'": {4},
    "key!='sun/2.png'": {1, 2, 4},
    "uri~'file:*2.png'": {3},
    "source~pictures": {1, 2, 3, 4},
    "id=" + "0" * 64: set(),
    "tag='silver hair'": {1, 2, 3},
    "tag=rain": {1, 2},
    "tag=girl": set(),
    "tag~girl": {1, 2, 3},
    "tag=none": {4},
    "text~'100%'": {3},
    "text~'100_'": set(),
    "text~'sunshine_'": {3},
    "text=any": {3},
    "caption='a girl'": {4},
    "film=none": {3, 4},
    "film='film a'": {1, 2},
    "shot>=3 and seconds<12.6": {1, 2},
    "width>640": set(),
    "width=640 and height<=480": {1, 2, 3, 4},
    "number in (2, 4)": {2, 4},
    "embedding=clip": {1},
    "embedding=none": {2, 3, 4},
    "reviewed=yes": set(),
    "reviewed=no": {1, 2, 3, 4},
    "gone=no": {1, 2, 3, 4},
}


def test_who_is_found(catalogue: Catalogue) -> None:
    assert {query: set(found(catalogue, query)) for query in ANSWERS} == ANSWERS


def test_python_asks_the_same(catalogue: Catalogue) -> None:
    query = where("hair_color", "silver", confidence=(">", 0.8)) | where("width", 640, compare=">")
    assert set(found(catalogue, query)) == {3}


def test_no_condition_holds_for_all_and_no_choice_for_nobody(catalogue: Catalogue) -> None:
    assert (found(catalogue, And(())), found(catalogue, Or(()))) == (BitMap([1, 2, 3, 4]), BitMap())


def test_which_pictures_were_skipped(catalogue: Catalogue) -> None:
    asked = {
        "skip=any": 1,
        "skip=truncated and key~broken and tag=1girl": 1,
        "skip=too_large": 0,
        "skip=none": 3,
        "skip=any and not width>0": 0,
    }
    assert {query: len(skipped(catalogue, query)) for query in asked} == asked


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_what_is_refused(catalogue: Catalogue) -> None:
    for query, column, said in (
        ("hair_colr=silver", 1, "did you mean 'hair_color'?"),
        ("gender=female and hair_color=sliver", 30, "did you mean 'silver'?"),
        ("hair_color in (gray, sliver)", 22, "did you mean 'silver'?"),
        ("character='hatsune mikoo'", 11, "did you mean 'hatsune_miku_(vocaloid)'?"),
        ("identity=Minna", 10, "did you mean 'mina'?"),
        ("embedding=clipp", 11, "did you mean 'clip'?"),
        ("hair_color=(any, gray)", 1, "stand alone"),
        ("film in (none, x)", 1, "stand alone"),
        ("hair_color>2", 12, "write a number from 0 to 1"),
        ("width=wide", 7, "'wide' is none"),
        ("width>nan", 7, "'nan' is none"),
        ("width~6", 1, "compare it with"),
        ("key>a", 1, "compare it with"),
        ("key=a>0.5", 1, "leave the bound out"),
        ("reviewed=maybe", 1, "write reviewed=yes or reviewed=no"),
        ("skip=any", 1, "only kyara find"),
        ("not (gender=female and hair_colr=x)", 24, "did you mean 'hair_color'?"),
    ):
        with pytest.raises(QueryError) as caught:
            found(catalogue, query)
        assert (query, caught.value.column) == (query, column)
        assert said in str(caught.value), query
    for query, column, said in (("skip=truncatd", 6, "'truncated'"), ("skip=any and gender=male", 14, "has no gender")):
        with pytest.raises(QueryError) as caught:
            skipped(catalogue, query)
        assert caught.value.column == column
        assert said in str(caught.value)


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_a_mistake_in_python_has_no_column(catalogue: Catalogue) -> None:
    with pytest.raises(QueryError, match="did you mean 'gender'") as caught:
        found(catalogue, where("gendr", "male"))
    assert caught.value.column is None
