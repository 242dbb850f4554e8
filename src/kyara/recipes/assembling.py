"""From settings to a recipe: extractors and detectors with their weights, the cache, fusion.

What `auto` stands for is decided here once a run, by what is on this machine; every worker process then makes the very
same recipe from the settings that come out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kyara.cache.built import build_store
from kyara.cache.looking import Remembered, Remembering
from kyara.cache.openings import Openings
from kyara.cache.store import Store
from kyara.detect.built import asked_detectors, build_detectors
from kyara.detect.builtin import NAME as BUILTIN_HEADS
from kyara.errors import SettingsError
from kyara.extractors.built import LARGE, NETWORKS, asked_extractors, build, with_models_here
from kyara.flow import Extractor, Looker, Source
from kyara.fuse import AUTO, LEARNED, Fuser, kinds_of
from kyara.fuse.policy.policy import Policy
from kyara.fuse.versions import CURRENT, NONE, InUse, Versions
from kyara.images import Limits
from kyara.recipes.calibrating import calibrate
from kyara.recipes.extract import Recipe
from kyara.recipes.finding import Finder
from kyara.recipes.noting import Noting
from kyara.scale.inflight import Inflight
from kyara.settings import Settings
from kyara.vocabulary import Vocabulary, load_vocabulary
from kyara.weights import BUILTIN, Runtime
from kyara.weights.choose import Choice, choose, light

if TYPE_CHECKING:
    from kyara.recipes.measuring import Measuring

LEARN_TO_ASK = "learned"

log = logging.getLogger("kyara.progress")  # shown without -v: it takes longer than anybody waits in silence


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings in which `auto` has become names, and what it went without, with the command that fetches it.

    `warning` says why the learned fusion that is in use cannot be used here.
    """

    settings: Settings
    missing: Mapping[str, str]
    warning: str | None = None

    @property
    def has_networks(self) -> bool:
        """True with a network that fills the machine; those that come with the package are too small to count."""
        detectors = set(self.settings.detectors) - {BUILTIN_HEADS}
        return bool(detectors) or not {*NETWORKS, *LARGE}.isdisjoint(self.settings.extractors)

    @property
    def has_builtin(self) -> bool:
        return BUILTIN in self.settings.extractors or BUILTIN_HEADS in self.settings.detectors


def asked_of(settings: Settings) -> Asked:
    """Who is asked in this run. Raises SettingsError."""
    settings, replaced = with_models_here(settings)
    for name, (default, taken) in replaced.items():
        log.info("%s uses %s, for %s is not ready on this machine; --%s names another", name, taken, default, name)
    extractors, without = asked_extractors(settings)
    detectors, unseen = asked_detectors(settings.detectors, settings.models.folder)
    fusion = _fusion(settings)
    named = {"extractors": extractors, "detectors": detectors, "fusion_version": fusion.name}
    return Asked(settings.model_copy(update=named), without | unseen, fusion.warning)


def _fusion(settings: Settings) -> InUse:
    """The learned fusion of this run: none where nobody asks for one, or where AUTO has none that can be used.

    Raises SettingsError where what was asked for by name needs one, and there is none.
    """
    by_name = settings.fusion in LEARNED or settings.ask == LEARN_TO_ASK or settings.fusion_version != CURRENT
    if not by_name and settings.fusion != AUTO:
        return InUse(NONE)
    found = Versions().in_use(load_vocabulary(settings.vocabulary), settings.fusion_version)
    if by_name and found.learned is None and settings.fusion_version != NONE:
        why = found.warning or "no learned fusion is in use; kyara fusion list shows what there is"
        raise SettingsError(f"--fusion {settings.fusion}, --ask {settings.ask}: {why}")
    return found


def chosen_runtime(asked: Asked, source: Source, threads: int, streams: int) -> Choice | None:
    """Where this run's networks run (None: there are none), and what quantises those that int8 was asked of first.

    `threads` cores are shared by `streams` threads of one process. Raises KyaraError.
    """
    settings = asked.settings
    if not asked.has_networks:
        return light(settings.models, threads, streams) if asked.has_builtin else None
    plain = Runtime(folder=settings.models.folder)
    names = [name for name in settings.extractors if name in NETWORKS]
    extractors = build(names, load_vocabulary(settings.vocabulary), settings, plain)  # at full precision: for feeds
    paths = [one.network.path for one in extractors if hasattr(one, "network")]
    choice = choose(settings.models, paths, threads, streams)
    if choice.runtime.precision == "int8":
        calibrate(extractors, source, Limits(**settings.images.model_dump()), settings.models.folder, _told)
    return choice


def _told(name: str, shown: int, of: int) -> None:
    if shown == of or shown % 100 == 0:
        log.info(
            "calibrating %s: %d of %d pictures%s",
            name,
            shown,
            of,
            ", then some minutes of arithmetic, once" * (shown == of),
        )


def recipe_of(settings: Settings, runtime: Runtime, inflight: Inflight | None = None) -> Recipe:
    """The recipe these settings ask for, its networks on `runtime`; every worker process makes its own."""
    vocabulary = load_vocabulary(settings.vocabulary)
    built = build(settings.extractors, vocabulary, settings, runtime)
    detectors = build_detectors(settings.detectors, runtime, settings.models.folder)
    looks = bool(detectors) or any(isinstance(extractor, Looker) for extractor in built)
    prepares = looks and any(settings.preprocess.model_dump().values())
    asked = settings.quality.measure
    measures = prepares or bool(settings.quality.bounds) or asked == "always" or (asked == "auto" and looks)
    pages = settings.notes.pixels == "always" or (settings.notes.pixels == "auto" and looks)
    store = build_store(settings.cache, settings.caching) if looks or measures or pages else None
    shown = _shown_prepared(built, settings) if prepares else built
    extractors: list[Extractor] = [Remembering(e, store) if isinstance(e, Looker) else e for e in shown]
    patience = settings.failures
    finders = [Finder(detector, Remembered(detector, store), patience) for detector in detectors]
    used = Versions().in_use(vocabulary, settings.fusion_version)
    if settings.fusion_version not in (NONE, CURRENT) and used.learned is None:
        raise SettingsError(f"fusion {settings.fusion_version} was there when the run began: {used.warning}")
    fuser = Fuser(
        vocabulary, settings.fusion, settings.min_confidence, kinds_of(extractors),
        learned=used.learned, max_risk=settings.max_risk,
    )  # fmt: skip
    limits = Limits(**settings.images.model_dump())
    recipe = Recipe(vocabulary, extractors, fuser, limits, None, finders, patience)
    recipe.ordering.until = settings.until_confidence
    if settings.ask == LEARN_TO_ASK:
        recipe.ordering.policy = _policy(used, vocabulary)
    recipe.measuring = _measuring(settings, prepares, store) if measures else None
    pixels = _pages(store) if pages else None
    recipe.noting = Noting(settings.notes.said, pixels, settings.notes.actions, patience)
    recipe.openings = Openings(store, limits) if store is not None else None
    if inflight is not None:
        recipe.watched_by(inflight)
    return recipe


# What measures pixels brings OpenCV, 15 MB that most runs have no use for.


def _shown_prepared(extractors: Sequence[Extractor | Looker], settings: Settings) -> Sequence[Extractor | Looker]:
    from kyara.quality.preparing import Preparation
    from kyara.recipes.measuring import PreparedLooker

    preparation = Preparation(**settings.preprocess.model_dump())
    return [PreparedLooker(e, preparation) if isinstance(e, Looker) else e for e in extractors]


def _measuring(settings: Settings, prepares: bool, store: Store | None) -> Measuring:
    from kyara.quality.look import QualityLook
    from kyara.quality.preparing import Preparation
    from kyara.recipes.measuring import Measuring

    preparation = Preparation(**settings.preprocess.model_dump()) if prepares else Preparation()
    return Measuring(Remembered(QualityLook(), store), settings.quality.bounds, preparation, settings.failures)


def _pages(store: Store | None) -> Remembered:
    from kyara.noting.look import PageLooking

    return Remembered(PageLooking(), store)


def _policy(used: InUse, vocabulary: Vocabulary) -> Policy:
    if used.policy is None:
        raise SettingsError(f"fusion {used.name} has no policy of whom to ask; leave out --ask or take another")
    policy = Policy.load(used.policy, vocabulary.digest)
    policy.stops(used.learned is not None)  # refused now, where it could not stop
    return policy
