"""Tags as a second opinion."""

import pytest

from kyara.identity.hints import Opinion, opinion, same


@pytest.mark.parametrize(
    ("name", "hint", "wanted"),
    [
        ("Rem", "rem_(re:zero)", True),
        ("Miku Hatsune", "hatsune_miku", True),
        ("Hatsune Miku", "Hatsune Miku", True),
        ("Saber", "saber_alter", False),
        ("Ram", "rem_(re:zero)", False),
        ("(g)i-dle", "(g)i-dle", True),
        ("(A)", "(B)", False),
    ],
)
def test_names_and_hints(name: str, hint: str, wanted: bool) -> None:
    assert same(name, hint) == wanted


def test_the_four_opinions() -> None:
    assert opinion("Rem", ("ram_(re:zero)", "rem_(re:zero)")) is Opinion.AGREES
    assert opinion("Rem", ("ram_(re:zero)",)) is Opinion.DISAGREES
    assert opinion(None, ("ram_(re:zero)",)) is Opinion.HINT_ONLY
    assert opinion("Rem", ()) is Opinion.SILENT
    assert opinion(None, ()) is Opinion.SILENT
