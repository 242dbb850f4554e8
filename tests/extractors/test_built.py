"""From names to extractors: ours, anyone's, and a clear word for everything that is neither."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kyara.errors import MissingWeightsError, SettingsError
from kyara.extractors.built import LIGHT, asked_extractors, build, with_models_here
from kyara.settings import load_settings
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime
from kyara.weights.stored import Stored, write

VOCABULARY = load_vocabulary()
MINE = """
class Mine:
    name = "mine"
    version = "1"
    inputs = frozenset({"text"})
    batch_size = 8
    cost = 0.5
    def read(self, views, attributes):
        return []
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module into the working folder and gives its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(code: str) -> str:
        name = f"own_{tmp_path.name}"
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return write


def made(*wanted: str) -> tuple[object, ...]:
    settings = load_settings(extractors=wanted)
    return build(asked_extractors(settings)[0], VOCABULARY, settings, Runtime())


def names(*wanted: str) -> list[str]:
    return [extractor.name for extractor in made(*wanted)]


def refused(*wanted: str) -> str:
    with pytest.raises(SettingsError) as error:
        made(*wanted)
    return str(error.value)


def test_auto_is_all_that_need_nothing_fetched() -> None:
    assert names("auto") == [*LIGHT, "builtin"] == ["tags", "text", "builtin"]


def test_auto_says_which_command_fetches_what_it_goes_without() -> None:
    asked, missing = asked_extractors(load_settings(tagger={"model": "some/tagger"}))
    assert asked == (*LIGHT, "builtin")
    assert missing == {
        "clip": "kyara models pull openai/clip-vit-base-patch32",
        "tagger": "kyara models pull some/tagger",
        "sentence": "kyara models pull sentence-transformers/all-MiniLM-L6-v2",
        "nli": "kyara models pull facebook/bart-large-mnli",
    }
    assert asked_extractors(load_settings(extractors="tags"))[1] == {}


def test_auto_takes_another_tagger_that_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    large = Stored("SmilingWolf/wd-eva02-large-tagger-v3", None, "7" * 40, "apache-2.0", ())
    settings = load_settings(models={"folder": tmp_path})
    assert with_models_here(settings) == (settings, {})
    write(large, tmp_path)
    taken, replaced = with_models_here(settings)
    assert replaced == {"tagger": ("SmilingWolf/wd-vit-tagger-v3", large.name)}
    assert taken.tagger.model == large.name
    assert asked_extractors(taken)[0] == (*LIGHT, "tagger")
    for named in ({"extractors": "tagger"}, {"tagger": {"model": "some/tagger"}}):
        assert with_models_here(load_settings(models={"folder": tmp_path}, **named))[1] == {}


def test_auto_reads_texts_by_what_is_here_and_still_looks_at_pictures(text_hubs, tmp_path: Path) -> None:
    hubs = {"sentence": text_hubs("encoder"), "nli": text_hubs("bart")}
    given = {name: {"model": str(hub.folder)} for name, hub in hubs.items()}
    settings = load_settings(models={"folder": tmp_path}, **given)
    assert with_models_here(settings) == (settings, {}), "what is named is taken"
    asked, missing = asked_extractors(settings)
    assert asked == (*LIGHT, "builtin", "sentence", "nli")
    assert list(missing) == ["clip", "tagger"]
    assert [one.name for one in build(asked, VOCABULARY, settings, Runtime())] == list(asked)


@pytest.mark.parametrize("name", ["clip", "tagger", "sentence", "nli"])
def test_weights_asked_for_by_name_must_be_here(name: str) -> None:
    with pytest.raises(MissingWeightsError, match="run `kyara models pull "):
        made(name)


def test_names_keep_their_order_and_count_once() -> None:
    assert names("text", "tags", "text") == ["text", "tags"]
    assert names("text", "auto") == ["text", "tags", "builtin"]


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    assert refused("histogrm") == "extractor 'histogrm' is unknown; did you mean 'histogram'?"
    known = "tags, text, histogram, builtin, clip, tagger, sentence, nli, vlm, or package.module:Class"
    assert f"choose of {known}" in refused("wd-v9")


def test_ones_own_from_the_working_folder(module: Callable[[str], str]) -> None:
    assert names("tags", f"{module(MINE)}:Mine") == ["tags", "mine"]


def test_ones_own_gets_the_vocabulary_where_it_takes_one(module: Callable[[str], str]) -> None:
    code = MINE + "    def __init__(self, threshold=0.5, *, vocabulary):\n        self.given = threshold, vocabulary\n"
    (own,) = made(f"{module(code)}:Mine")
    assert own.given == (0.5, VOCABULARY)


def test_ones_own_may_name_the_protocol_it_follows(module: Callable[[str], str]) -> None:
    code = "from kyara.flow import Extractor\n" + MINE.replace("class Mine", "class Mine(Extractor)")
    assert names(f"{module(code)}:Mine") == ["mine"]


def test_a_looker_needs_no_read(module: Callable[[str], str]) -> None:
    looker = MINE.replace("def read(self, views, attributes)", "def look(self, views)")
    assert "lacks read" in refused(f"{module(looker)}:Mine")
    whole = looker + "    look_version = '1'\n    def interpret(self, view, raw, attributes):\n        pass\n"
    assert names(f"{module(whole)}:Mine") == ["mine"]


BROKEN = {
    "no such class": ("x = 1", "cannot be made: AttributeError"),
    "no such import": ("import no_such_package", "cannot import it: No module named 'no_such_package'; check name"),
    "syntax": ("class Mine(", "cannot be made: SyntaxError"),
    "fails when made": (MINE + "    def __init__(self):\n        raise OSError('no weights')", "OSError: no weights"),
    "takes what we have not": (MINE + "    def __init__(self, weights):\n        pass", "argument: 'weights'"),
    "no version and cost": (MINE.replace("version", "edition").replace("cost", "price"), "lacks version, cost; docs"),
    "no read": (MINE.replace("read", "see"), "lacks read; docs/extractors.md has the contract"),
    "unknown input": (MINE.replace('"text"', '"txt"'), "inputs frozenset({'txt'}) found"),
    "inputs no set": (MINE.replace('frozenset({"text"})', '"text"'), "inputs 'text' found"),
    "no inputs": (MINE.replace('{"text"}', ""), "inputs frozenset() found"),
    "no batches": (MINE.replace("batch_size = 8", "batch_size = 0"), "batch_size 0 found"),
    "no name": (MINE.replace('"mine"', '""'), "name '' found"),
    "a number as version": (MINE.replace('version = "1"', "version = 1"), "version 1 found"),
    "a text as cost": (MINE.replace("0.5", "'little'"), "cost 'little' found"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_class_that_breaks_the_contract_is_refused(fault: str, module: Callable[[str], str]) -> None:
    code, said = BROKEN[fault]
    spec = f"{module(code)}:Mine"
    message = refused(spec)
    assert said in message
    assert repr(spec) in message


def test_an_absent_module_is_refused() -> None:
    assert "No module named 'no_such_module'; check name and folder" in refused("no_such_module:Mine")


def test_two_of_one_name_are_refused(module: Callable[[str], str]) -> None:
    spec = f"{module(MINE.replace('mine', 'tags'))}:Mine"
    assert "two extractors are called 'tags'" in refused("tags", spec)
    assert names(spec) == ["tags"]
