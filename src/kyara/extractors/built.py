"""The table that turns the names a user gives into ready extractors.

`auto` is tags, text and those with a network whose weights are on this machine, be it those of another known model than
the default; where none of those that see is, the small one that comes with the package. `package.module:Class` is
anyone's own, made with the vocabulary if it takes an argument of that name.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Sequence, Set
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from kyara.errors import MissingExtraError, MissingWeightsError, SettingsError, WeightsError
from kyara.extractors.builtin import BuiltinExtractor
from kyara.extractors.clip import ClipExtractor
from kyara.extractors.clip import export as clip
from kyara.extractors.histogram import HistogramExtractor
from kyara.extractors.language import export as language
from kyara.extractors.nli import NliExtractor
from kyara.extractors.sentence import SentenceExtractor
from kyara.extractors.tagger import TaggerExtractor
from kyara.extractors.tags import TagsExtractor
from kyara.extractors.text import TextExtractor
from kyara.extractors.vlm import VlmExtractor
from kyara.flow import Extractor, Looker
from kyara.settings import Settings
from kyara.vocabulary import Vocabulary
from kyara.weights import BUILTIN, Runtime, Weights, find, is_here
from kyara.weights.known import known

LIGHT = ("tags", "text")
SEEING, READING = ("clip", "tagger"), ("sentence", "nli")  # by what they look at
NETWORKS = (*SEEING, *READING)
LARGE = ("vlm",)  # seconds a picture: asked only where it is named
_CAN_RUN: dict[str, Callable[[Weights], None]] = {"clip": clip.check, "sentence": language.check, "nli": language.check}
_CONTRACT: dict[str, Callable[[Any], bool]] = {
    "name": lambda name: isinstance(name, str) and name != "",
    "version": lambda version: isinstance(version, str) and version != "",
    "inputs": lambda inputs: isinstance(inputs, Set) and set() < inputs <= {"pixels", "tags", "text"},
    "batch_size": lambda size: isinstance(size, int) and size >= 1,
    "cost": lambda cost: isinstance(cost, int | float),
}


def with_models_here(settings: Settings) -> tuple[Settings, dict[str, tuple[str, str]]]:
    """`settings` as `auto` takes them: for a default model that is not ready on this machine the first known one for
    the same extractor that is. And by extractor (the default, what is taken). A model that was named is never replaced.
    """
    replaced = {}
    for name in NETWORKS if "auto" in settings.extractors else ():
        wanted = getattr(settings, name)
        default = Settings.model_fields[name].default
        if (wanted.model, wanted.revision) != (default.model, None) or _is_ready(name, wanted.model, settings):
            continue
        others = (one.id for one in known().values() if one.purpose.startswith(f"extractor {name}"))
        if other := next((other for other in others if _is_ready(name, other, settings)), None):
            replaced[name] = (wanted.model, other)
    update = {name: getattr(settings, name).model_copy(update={"model": new}) for name, (_, new) in replaced.items()}
    return settings.model_copy(update=update), replaced


def _is_ready(name: str, model: str, settings: Settings) -> bool:
    """On this machine, and with all that it takes to run it. A damaged one is ready, and an error when it is used."""
    try:
        weights = find(model, None, settings.models.folder)
        if name in _CAN_RUN:
            _CAN_RUN[name](weights)
    except (MissingWeightsError, MissingExtraError):
        return False
    except WeightsError:
        return True
    return True


def asked_extractors(settings: Settings) -> tuple[tuple[str, ...], dict[str, str]]:
    """The names that `settings.extractors` comes to; what `auto` goes without, with the command that fetches it."""
    models = {name: getattr(settings, name) for name in NETWORKS}
    here = [n for n, model in models.items() if is_here(model.model, model.revision, settings.models.folder)]
    auto = (*LIGHT, *([] if set(SEEING) & set(here) else [BUILTIN]), *here)
    names = [n for name in settings.extractors for n in (auto if name == "auto" else (name,))]
    absent = [name for name in NETWORKS if name not in names] if "auto" in settings.extractors else []
    return tuple(dict.fromkeys(names)), {name: f"kyara models pull {models[name].model}" for name in absent}


def build(
    names: Sequence[str], vocabulary: Vocabulary, settings: Settings, runtime: Runtime
) -> tuple[Extractor | Looker, ...]:
    """The extractors for `names`, in that order. Raises SettingsError for one unknown or breaking the contract,
    MissingWeightsError for one whose weights are not on this machine."""

    def weights(name: str) -> Weights:
        model = getattr(settings, name)
        return find(model.model, model.revision, settings.models.folder)

    folder = settings.models.folder
    ours: dict[str, Callable[[], Extractor | Looker]] = {
        "tags": lambda: TagsExtractor(vocabulary, settings.tag_table),
        "text": lambda: TextExtractor(vocabulary),
        "histogram": lambda: HistogramExtractor(vocabulary),
        "builtin": lambda: BuiltinExtractor(vocabulary, find(BUILTIN), runtime),
        "clip": lambda: ClipExtractor(vocabulary, weights("clip"), runtime, folder),
        "tagger": lambda: TaggerExtractor(vocabulary, weights("tagger"), runtime, settings.tagger),
        "sentence": lambda: SentenceExtractor(vocabulary, weights("sentence"), runtime, folder),
        "nli": lambda: NliExtractor(vocabulary, weights("nli"), runtime, folder),
        "vlm": lambda: VlmExtractor(vocabulary, weights("vlm"), runtime, folder),
    }
    built = []
    for name in names:
        if ":" in name:
            built.append(_anyones(name, vocabulary))
        elif name in ours:
            built.append(ours[name]())
        else:
            near = process.extractOne(name, list(ours), scorer=fuzz.ratio, score_cutoff=60)
            hint = f"did you mean {near[0]!r}?" if near else f"choose of {', '.join(ours)}, or package.module:Class"
            raise SettingsError(f"extractor {name!r} is unknown; {hint}")
    _distinct([extractor.name for extractor in built])
    return tuple(built)


def _anyones(spec: str, vocabulary: Vocabulary) -> Extractor | Looker:
    module_name, _, class_name = spec.partition(":")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)  # as `python -m` has it: one's own module lies in the working folder
    try:
        made = getattr(importlib.import_module(module_name), class_name)
        wants = "vocabulary" in inspect.signature(made).parameters
        extractor: Any = made(vocabulary=vocabulary) if wants else made()
    except ImportError as error:
        raise SettingsError(f"extractor {spec!r}: cannot import it: {error}; check name and folder") from error
    except Exception as error:
        raise SettingsError(f"extractor {spec!r} cannot be made: {type(error).__name__}: {error}") from error
    _keeps_contract(spec, extractor)
    ready: Extractor | Looker = extractor
    return ready


def _keeps_contract(spec: str, extractor: Any) -> None:
    looks = all(hasattr(extractor, part) for part in ("look", "look_version", "interpret"))
    wanted = [*_CONTRACT, *(() if looks else ("read",))]
    if missing := [part for part in wanted if not hasattr(extractor, part)]:
        raise SettingsError(f"extractor {spec!r} lacks {', '.join(missing)}; docs/extractors.md has the contract")
    for part, good in _CONTRACT.items():
        if not good(value := getattr(extractor, part)):
            raise SettingsError(f"extractor {spec!r}: {part} {value!r} found; docs/extractors.md has the contract")


def _distinct(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"two extractors are called {name!r}; evidence is told apart by name, rename one")
