"""`kyara vocabulary` and `kyara doctor`."""

import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_show_lists_attributes_and_one_in_full(kyara: Run) -> None:
    assert "hair_color" in kyara("vocabulary", "show").stdout
    assert "blue_hair" in kyara("vocabulary", "show", "hair_color").stdout
    refused = kyara("vocabulary", "show", "hair_colour")
    assert refused.returncode == 2
    assert "hair_color" in refused.stderr


def test_check_says_good_or_names_file_key_and_remedy(kyara: Run, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(
        '[hair_color.labels.glitter]\nprompts = ["a person with glitter hair"]\ntags = ["glitter_hair"]\n'
    )
    good = kyara("vocabulary", "check", "good.toml")
    assert good.returncode == 0, good.stderr
    assert "good" in good.stdout
    (tmp_path / "bad.toml").write_text('[hair_color.labels.glitter]\nprompts = []\ntags = ["glitter_hair"]\n')
    bad = kyara("vocabulary", "check", "bad.toml")
    assert bad.returncode == 2
    for word in ("bad.toml", "hair_color", "glitter", "prompts"):
        assert word in bad.stderr


def test_doctor_says_what_there_is_and_how_to_have_more(kyara: Run) -> None:
    said = kyara("doctor").stdout
    for word in ("Python 3.", "vocabulary", "cache", "extra heif", "extra psd"):
        assert word in said


def test_doctor_tells_of_a_cache_that_cannot_be_used(kyara: Run, tmp_path: Path) -> None:
    (tmp_path / "cache.sqlite").write_bytes(b"not a database, and long enough to be looked at" * 100)
    assert "cannot be used" in kyara("doctor", KYARA_CACHE=str(tmp_path / "cache.sqlite")).stdout
