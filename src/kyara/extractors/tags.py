"""The extractor that reads Danbooru tags: labels with reasoned scores, names as identity hints, and the cast.

Tags belong to the picture, not to a character: with several characters each tag is shared evidence and weighs less.
Speed comes from doing everything once per distinct tag: a post costs one dictionary look-up a tag and little more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from kyara.extractors.tag_cast import Cast, cast_of, divided, shared
from kyara.extractors.tag_facts import FACT_FILES, tag_facts
from kyara.extractors.tag_meanings import BY_TAIL, MISSPELT, SAID, Lexicon, Meaning
from kyara.extractors.tag_syntax import Written, clean, split
from kyara.flow import NOTHING, Kind, Reading, View
from kyara.records import Evidence, Sample, Scores, ranked
from kyara.vocabulary import Vocabulary

# Chance that another character of the same picture also has what a tag says. Colours and lengths are tagged for
# everyone in view, so a single one probably fits all; a hat or an open mouth is as a rule one character's.
AGAIN_ONE_OF = 0.6
AGAIN_MANY_OF = 0.25
MIXED = 0.85  # share of a label that explains the others (multicolored_hair beside blonde_hair and pink_hair)
GENDER = "gender"
REMEMBERED = 100_000  # distinct tags, and distinct (attribute, tags) combinations, before forgetting all


class TagsExtractor:
    """Reads `view.tags`. A user's tag table (a1111-tagcomplete CSV) adds exact categories and aliases."""

    name = "tags"
    inputs: frozenset[Kind] = frozenset({"tags"})
    batch_size = 4096
    cost = 0.01

    def __init__(self, vocabulary: Vocabulary, tag_table: Path | None = None) -> None:
        self._vocabulary = vocabulary
        self._lexicon = Lexicon(vocabulary, tag_table)
        self._table = tag_table
        self.version = self._digest()
        self._meanings = _Meanings(self._lexicon)
        self._evidence: dict[tuple[str, int, tuple[Meaning, ...]], Evidence] = {}
        self._one_of = {a.name for a in vocabulary.attributes if a.one_of}
        self._mixes = {a.name: {x.name for x in a.labels if x.mixes} for a in vocabulary.attributes}
        self._genders = set(vocabulary[GENDER].label_names) if GENDER in vocabulary else set[str]()

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        """One reading per view; nothing for a view without tags."""
        wanted = frozenset(attributes)
        return [self._reading(view, view.tags, wanted) if view.tags else NOTHING for view in views]

    def announce(self, sample: Sample) -> int | None:
        """How many characters the tags announce: the known ones, where it is only said that there are more."""
        cast = self.cast(sample.tags) if sample.tags else None
        return cast.total if cast else None

    def cast(self, tags: str) -> Cast | None:
        """The characters a tag string announces, None where it is silent."""
        return _cast(self._meanings.of(tags))

    def _reading(self, view: View, tags: str, wanted: frozenset[str]) -> Reading:
        meanings = self._meanings.of(tags)
        cast = _cast(meanings)
        count = max(view.count, cast.total) if cast else view.count
        named, by_attribute = False, dict[str, list[Meaning]]()
        for meaning in meanings:
            for attribute, _ in meaning.claims:
                if attribute in by_attribute:
                    by_attribute[attribute].append(meaning)
                else:
                    by_attribute[attribute] = [meaning]
            named = named or meaning.name is not None
        evidence = []
        for attribute, said in by_attribute.items():
            if attribute not in wanted:
                continue
            if attribute == GENDER and count > 1 and cast and cast.genders():
                evidence.append(self._gender(view, cast, said))
                continue
            key = (attribute, count, tuple(said))
            evidence.append(self._evidence.get(key) or self._remember(key))
        return Reading(tuple(evidence), hints=_hints(tags, meanings) if named else ())

    def _remember(self, key: tuple[str, int, tuple[Meaning, ...]]) -> Evidence:
        attribute, count, said = key
        scores = self._scores(attribute, count, said)
        if len(self._evidence) >= REMEMBERED:
            self._evidence.clear()
        span = tuple(dict.fromkeys([meaning.tag for meaning in said]))
        made = self._evidence[key] = Evidence(self.name, self.version, attribute, scores, span)
        return made

    def _scores(self, attribute: str, count: int, said: Iterable[Meaning]) -> Scores:
        best: dict[str, float] = {}
        for meaning in said:
            for where, label in meaning.claims:
                if where == attribute and meaning.score > best.get(label, 0.0):
                    best[label] = meaning.score
        if attribute not in self._one_of:
            share = shared(count, AGAIN_MANY_OF)
            return ranked({label: round(score * share, 4) for label, score in best.items()})
        if count == 1:
            best = self._resolved(attribute, best)
        mixing = best.keys() & self._mixes[attribute]
        if count == 1 and mixing and len(mixing) < len(best):
            return ranked({label: round(score * _part(label, best, mixing), 4) for label, score in best.items()})
        share = divided(count, len(best), AGAIN_ONE_OF)
        return ranked({label: round(score * share, 4) for label, score in best.items()})

    def _resolved(self, attribute: str, best: dict[str, float]) -> dict[str, float]:
        """Without the labels that a more specific one already includes: very_long is also tagged long."""
        included = {less for more, less in tag_facts().supersedes.get(attribute, {}).items() if more in best}
        return {label: score for label, score in best.items() if label not in included}

    def _gender(self, view: View, cast: Cast, said: list[Meaning]) -> Evidence:
        """From the counts: the i-th one announced where sightings stand for the cast, else by proportion."""
        genders = [gender for gender in cast.genders() if gender in self._genders]
        if view.count == len(genders) == cast.total and not view.located:
            scores = {genders[view.index]: SAID}
        else:
            scores = {g: round(SAID * genders.count(g) / len(genders), 4) for g in dict.fromkeys(genders)}
        span = dict.fromkeys(meaning.tag for meaning in said if meaning.count)
        return Evidence.of(self, GENDER, scores, span)

    def _digest(self) -> str:
        digest = hashlib.sha256(self._vocabulary.digest.encode())
        digest.update(repr((SAID, BY_TAIL, MISSPELT, AGAIN_ONE_OF, AGAIN_MANY_OF, MIXED)).encode())
        for name in FACT_FILES:
            digest.update(files("kyara.extractors").joinpath(name).read_bytes())
        if self._table:
            digest.update(self._table.read_bytes())
        return digest.hexdigest()[:16]


class _Meanings(dict[str, Meaning]):
    """Raw piece of a tag string → its meaning, found on first sight and remembered."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._by_tag: dict[Written, Meaning] = {}

    def of(self, tags: str) -> list[Meaning]:
        """The tags of one string, each once, in order."""
        return list(dict.fromkeys(map(self.__getitem__, split(tags))))

    def __missing__(self, piece: str) -> Meaning:
        if len(self) >= REMEMBERED:
            self.clear()
            self._by_tag.clear()
        written = clean(piece)
        meaning = self._by_tag.get(written)
        if meaning is None:
            meaning = self._by_tag[written] = self._lexicon.meaning(written)
        self[piece] = meaning
        return meaning


def _cast(meanings: Iterable[Meaning]) -> Cast | None:
    return cast_of([meaning.count for meaning in meanings if meaning.count])


def _part(label: str, best: Collection[str], mixing: Collection[str]) -> float:
    """A label's part where `mixing` labels explain the rest, which are then only parts of the mixture."""
    return MIXED / len(mixing) if label in mixing else (1 - MIXED) / (len(best) - len(mixing))


def _hints(tags: str, meanings: Iterable[Meaning]) -> tuple[str, ...]:
    """The characters named. `kanon_(kurogane_knights)` may as well be an artist: on Danbooru, where a post also
    carries the work as a tag, a name counts when that or a well-known work bears it out; captions list no artists."""
    others = {meaning.tag: None for meaning in meanings}
    caption = "," in tags
    return tuple(
        dict.fromkeys(
            _short(meaning.name, others)
            for meaning in meanings
            if meaning.name and (caption or meaning.work is None or _borne_out(meaning, others))
        )
    )


def _borne_out(meaning: Meaning, others: Collection[str]) -> bool:
    work = meaning.work or ""
    if work in tag_facts().known_series or work in others or f"{work}_(series)" in others:
        return True
    return _base(meaning.tag) in others or any(tag.startswith(work) and tag != meaning.tag for tag in others)


def _short(name: str, others: Collection[str]) -> str:
    """`houshou_marine_(1st_costume)` beside `houshou_marine` is `houshou_marine`."""
    return _base(name) if _base(name) in others else name


def _base(tag: str) -> str:
    return tag.partition("_(")[0]
