"""One frozen tree of settings: each source beats the next, and every wrong one is refused in one line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic import ValidationError

from kyara.errors import SettingsError
from kyara.images import Limits
from kyara.settings import Settings, load_settings


@pytest.fixture
def config(tmp_path: Path):
    def write(text: str | bytes, name: str = "kyara.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_the_defaults() -> None:
    settings = load_settings()
    assert settings.extractors == ("auto",)
    assert (settings.fusion, settings.min_confidence, settings.limit) == ("auto", 0.5, None)
    assert settings.cache.endswith("raw")


def test_file_beats_default(config) -> None:
    assert load_settings(config("threads = 3")).threads == 3


def test_environment_beats_file(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYARA_THREADS", "5")
    settings = load_settings(config("threads = 3\nshard_size = 7"))
    assert (settings.threads, settings.shard_size) == (5, 7)


def test_command_line_beats_environment(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYARA_THREADS", "5")
    assert load_settings(config("threads = 3"), threads=8).threads == 8
    assert load_settings(config("threads = 3"), threads=None).threads == 5, "None is: not given"


def test_nested_settings_mix_sources(config, monkeypatch: pytest.MonkeyPatch) -> None:
    default = load_settings().images
    monkeypatch.setenv("KYARA_IMAGES__MAX_PIXELS", "1000")
    images = load_settings(config("[images]\nmax_pixels = 5\nmax_frames = 6")).images
    assert (images.max_pixels, images.max_frames, images.max_bytes) == (1000, 6, default.max_bytes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", 'extractors = ["tags", "text"]\nfusion = "average"\n[images]\nmax_frames = 2'),
        ("a.toml", b'\xef\xbb\xbfextractors = "tags, text"\nfusion = "average"\n[images]\nmax_frames = 2'),
        ("a.yaml", "extractors: [tags, text]\nfusion: average\nimages:\n  max_frames: 2\n"),
        ("a.yml", "extractors: tags,text\nfusion: average\nimages: {max_frames: 2}\n"),
    ],
)
def test_toml_and_yaml_say_the_same(name: str, text: str | bytes, config) -> None:
    settings = load_settings(config(text, name))
    given = load_settings(extractors="tags,text", fusion="average", images={"max_frames": 2})
    assert settings.model_dump() == given.model_dump()
    assert settings.extractors == ("tags", "text")


def test_the_file_may_be_named_by_the_environment(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYARA_CONFIG", str(config("threads = 3")))
    assert load_settings().threads == 3
    assert load_settings(config("threads = 4", "other.toml")).threads == 4


@pytest.mark.parametrize("name", ["empty.toml", "empty.yaml"])
def test_a_file_without_settings_is_the_default(name: str, config) -> None:
    assert load_settings(config("# threads = 3\n", name)).model_dump() == load_settings().model_dump()


def test_cache_is_a_folder_a_server_both_or_none() -> None:
    for cache in ("none", "a/raw", "redis://host:6379/1", "a/raw,rediss://host"):
        assert load_settings(cache=cache).cache == cache
    assert load_settings(cache=Path("a/raw")).cache == "a/raw"


def test_a_wrong_cache_is_an_error_that_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for cache in ("redis://somebody:secret@host:a", "redsi://:secret@host", "redis://:sec/ret@host/x"):
        with pytest.raises(SettingsError) as said:
            load_settings(cache=cache)
        assert "--cache" in str(said.value)
        assert "sec" not in str(said.value)
    monkeypatch.setenv("KYARA_CACHING__MAX_BYTES", "5GB")
    assert load_settings().caching.max_bytes == 5_000_000_000


def test_settings_are_frozen() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.threads = 3
    with pytest.raises(ValidationError, match="frozen"):
        settings.images.max_pixels = 3


WRONG_GIVEN = [
    ({"min_confidence": 1.5}, "--min-confidence: 1.5 found; input should be less than or equal to 1"),
    ({"threads": 0}, "--threads: 0 found; input should be greater than 0"),
    ({"limit": "many"}, "--limit: 'many' found; input should be a valid integer"),
    ({"fusion": "averag"}, "--fusion: 'averag' found; input should be 'auto', 'average'"),
    ({"extractors": " , "}, "--extractors:"),
    ({"thread": 1}, "--thread: no such setting; did you mean 'threads'?"),
    ({"models": {"backend": "tpu"}}, "--backend: 'tpu' found; input should be 'auto', 'openvino'"),
    ({"models": {"device": "tpu"}}, "--device: 'tpu' found; write auto, cpu, coreml"),
    ({"clip": {"model": 1}}, "--clip: 1 found; input should be a valid string"),
]


@pytest.mark.parametrize(("given", "said"), WRONG_GIVEN, ids=lambda part: str(part)[:24])
def test_a_wrong_option_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(**given)
    assert said in str(refused.value)


WRONG_VARIABLES = [
    ("KYARA_MIN_CONFIDENCE", "high", "environment KYARA_MIN_CONFIDENCE: 'high' found"),
    ("KYARA_IMAGES__MAX_PIXELS", "0", "environment KYARA_IMAGES__MAX_PIXELS: '0' found"),
    ("KYARA_IMAGES__MAX_PIXEL", "9", "KYARA_IMAGES__MAX_PIXEL: no such setting; did you mean 'max_pixels'?"),
    ("KYARA_MODELS__PRECISION", "int4", "environment KYARA_MODELS__PRECISION: 'int4' found; input should be 'auto'"),
    ("KYARA_IMAGES", "big", "set one value a variable, as KYARA_IMAGES__MAX_PIXELS="),
    ("KYARA_THREAD", "1", "environment variable KYARA_THREAD is no setting; did you mean KYARA_THREADS?"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG_VARIABLES, ids=lambda part: part[:30])
def test_a_wrong_variable_is_refused(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert said in str(refused.value)


WRONG_FILES = [
    ("a.toml", "threads = 'x'", "setting 'threads' in", "'x' found"),
    ("a.toml", "[images]\nmax_frames = -1", "setting 'images.max_frames' in", "greater than 0"),
    ("a.toml", "thread = 1", "setting 'thread' in", "did you mean 'threads'?"),
    ("a.toml", "[images]\nmax_pixel = 1", "setting 'images.max_pixel' in", "did you mean 'max_pixels'?"),
    ("a.toml", "threads = ", "cannot be read", "correct that line"),
    ("a.yaml", "threads: [", "cannot be read", "correct that line"),
    ("a.yaml", "limit: 2020-13-45", "cannot be read", "correct that line"),
    ("a.yaml", "- threads", "holds no settings", "write lines such as"),
    ("a.yaml", "1: 2", "holds no settings", "write lines such as"),
    ("a.toml", b"\xff\xfe", "cannot be read", "correct that line"),
]


@pytest.mark.parametrize(("name", "text", "what", "remedy"), WRONG_FILES, ids=lambda part: str(part)[:24])
def test_a_wrong_file_is_refused_with_its_name(name: str, text: str | bytes, what: str, remedy: str, config) -> None:
    path = config(text, name)
    with pytest.raises(SettingsError) as refused:
        load_settings(path)
    message = str(refused.value)
    assert str(path) in message
    assert what in message
    assert remedy in message
    assert "\n" not in message


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml: No such file or directory; give the path"):
        load_settings(tmp_path / "absent.toml")


def test_a_wrong_file_setting_is_not_blamed_on_a_sibling_variable(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYARA_IMAGES__MAX_PIXELS", "1000")
    with pytest.raises(SettingsError, match=r"setting 'images\.max_frames' in"):
        load_settings(config("[images]\nmax_frames = -1"))


def test_what_load_settings_gives_is_a_settings() -> None:
    assert isinstance(load_settings(), Settings)


def test_image_settings_are_the_limits_of_the_image_room() -> None:
    limits = asdict(Limits())
    given = load_settings().images.model_dump()
    assert given == {name: limits[name] for name in given}
