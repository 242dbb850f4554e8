"""Optional dependencies: told apart from missing ones, with the line that installs them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kyara import extras
from kyara.errors import MissingExtraError

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_what_is_installed_is_had_and_needed_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "json", "heif")
    assert extras.has("json")
    extras.need("json", "reading JSON")


def test_what_is_missing_says_purpose_module_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "no_such_module", "heif")
    assert not extras.has("no_such_module")
    with pytest.raises(MissingExtraError) as missing:
        extras.need("no_such_module", "reading HEIC")
    assert str(missing.value) == (
        "reading HEIC needs no_such_module, which is not installed; run pip install 'kyara[heif]'"
    )


@pytest.mark.parametrize("module", extras.EXTRAS)
def test_every_extra_is_declared_and_brings_its_module(module: str) -> None:
    declared = PROJECT["optional-dependencies"][extras.EXTRAS[module]]
    assert any(line.replace("-", "_").startswith(module) for line in declared)
