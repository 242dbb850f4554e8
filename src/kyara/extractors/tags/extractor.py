"""The extractor that reads Danbooru tags: labels with reasoned scores, names as identity hints, and the cast.

Tags belong to the picture, not to a character: with several characters each tag is shared evidence and weighs less.
Speed comes from doing everything once per distinct tag: a post costs one dictionary look-up a tag and little more.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from kyara.extractors.tags.cast import Cast, cast_of, divided, shared
from kyara.extractors.tags.facts import FACT_FILES, tag_facts
from kyara.extractors.tags.meanings import BY_TAIL, COUNT, MISSPELT, NAME, SAID, Lexicon, Meaning, Votes
from kyara.extractors.tags.syntax import clean, split
from kyara.flow import NOTHING, Kind, Reading, View
from kyara.records import Evidence, Sample, Scores, ranked
from kyara.vocabulary import Vocabulary

# Chance that another character of the same picture also has what a tag says. Colours and lengths are tagged for
# everyone in view, so a single one probably fits all; a hat or an open mouth is as a rule one character's.
AGAIN_ONE_OF = 0.6
AGAIN_MANY_OF = 0.25
MIXED = 0.85  # share of a label that explains the others (multicolored_hair beside blonde_hair and pink_hair)
GENDER = "gender"
# Of distinct tags, and of each thing worked out from them, before all are forgotten: what comes often is back soon,
# and a million posts need no more memory than a hundred thousand.
REMEMBERED = 16_384
REMEMBERED_TAGS = 65_536


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
        self.forget()
        self._one_of = {a.name for a in vocabulary.attributes if a.one_of}
        self._mixes = {a.name: {x.name for x in a.labels if x.mixes} for a in vocabulary.attributes}
        self._genders = set(vocabulary[GENDER].label_names) if GENDER in vocabulary else set[str]()

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        """One reading per view; nothing for a view without tags."""
        wanted = frozenset(attributes)
        readings = [self._reading(view, view.tags, wanted) if view.tags else NOTHING for view in views]
        for view in views:
            self._strings.pop(view.tags or "", None)  # announced and read: not asked for again
        return readings

    def announce(self, sample: Sample) -> int | None:
        """How many characters the tags announce: the known ones, where it is only said that there are more."""
        cast = self.cast(sample.tags) if sample.tags else None
        return cast.total if cast else None

    def forget(self) -> None:
        """Drops what is remembered of tags and evidence; answers stay the same, the next ones take longer."""
        self._known = _Known(self._lexicon)
        self._strings: dict[str, list[Meaning]] = {}
        self._evidence: dict[tuple[str, int, tuple[str, ...]], Evidence] = {}
        self._weighed: dict[tuple[str, int, frozenset[Votes]], Scores] = {}
        self._casts: dict[tuple[str, ...], Cast | None] = {}

    def cast(self, tags: str) -> Cast | None:
        """The characters a tag string announces, None where it is silent."""
        meanings = self._parsed(tags)
        return self._cast(tuple([meaning.tag for meaning in meanings if meaning.count]), meanings)

    def _parsed(self, tags: str) -> list[Meaning]:
        """The meanings in a tag string, kept for a while: a batch is first announced, then read."""
        known = self._strings.get(tags)
        if known is None:
            if len(self._strings) >= 2 * self.batch_size:
                self._strings.clear()
            known = self._strings[tags] = self._known.of(split(tags))
        return known

    def _cast(self, counting: tuple[str, ...], meanings: Sequence[Meaning]) -> Cast | None:
        """The cast by the tags that count, which `meanings` hold. Memories may be cleared by another thread."""
        if not counting:
            return None
        if cast := self._casts.get(counting):
            return cast
        if len(self._casts) >= REMEMBERED:
            self._casts.clear()
        cast = self._casts[counting] = cast_of([meaning.count for meaning in meanings if meaning.count])
        return cast

    def _reading(self, view: View, tags: str, wanted: frozenset[str]) -> Reading:
        said_of: defaultdict[str, list[Meaning]] = defaultdict(list)
        for meaning in self._parsed(tags):
            for topic in meaning.votes:
                said_of[topic].append(meaning)
        counted, named = said_of.pop(COUNT, []), said_of.pop(NAME, [])
        counting = tuple([meaning.tag for meaning in counted])
        cast = self._cast(counting, counted)
        count = max(view.count, cast.total) if cast else view.count
        evidence = []
        for attribute, said in said_of.items():
            if attribute not in wanted:
                continue
            if attribute == GENDER and count > 1 and cast and cast.genders():
                evidence.append(self._gender(view, cast, counting))
                continue
            key = (attribute, count, tuple([meaning.tag for meaning in said]))
            evidence.append(self._evidence.get(key) or self._remember(key, said))
        hints = _hints(named, tags) if named else ()
        return Reading(tuple(evidence), hints=hints)

    def _remember(self, key: tuple[str, int, tuple[str, ...]], said: Sequence[Meaning]) -> Evidence:
        attribute, count, tags = key
        weighed = (attribute, count, frozenset([meaning.votes[attribute] for meaning in said]))
        scores = self._weighed.get(weighed) or self._weigh(weighed)
        if len(self._evidence) >= REMEMBERED:
            self._evidence.clear()
        made = self._evidence[key] = Evidence(self.name, self.version, attribute, scores, tags)
        return made

    def _weigh(self, key: tuple[str, int, frozenset[Votes]]) -> Scores:
        attribute, count, votes = key
        best: dict[str, float] = {}
        for several in votes:
            for label, score in several:
                if score > best.get(label, 0.0):
                    best[label] = score
        if count > 1 or attribute in self._one_of:
            weights = self._weights(attribute, count, best)
            best = {label: round(best[label] * weight, 4) for label, weight in weights.items()}
        if len(self._weighed) >= REMEMBERED:
            self._weighed.clear()
        scores = ranked(best)
        self._weighed[key] = scores
        return scores

    def _weights(self, attribute: str, count: int, best: Mapping[str, float]) -> dict[str, float]:
        """How much of what is said holds for one of `count` characters, by label."""
        if attribute not in self._one_of:
            return dict.fromkeys(best, shared(count, AGAIN_MANY_OF))
        labels = self._resolved(attribute, best) if count == 1 else list(best)
        mixing = [label for label in labels if label in self._mixes[attribute]]
        if count == 1 and mixing and len(mixing) < len(labels):
            rest = (1 - MIXED) / (len(labels) - len(mixing))
            return {label: MIXED / len(mixing) if label in mixing else rest for label in labels}
        return dict.fromkeys(labels, divided(count, len(labels), AGAIN_ONE_OF))

    def _resolved(self, attribute: str, labels: Collection[str]) -> list[str]:
        """Without the labels that a more specific one already includes: very_long is also tagged long."""
        included = {less for more, less in tag_facts().supersedes.get(attribute, {}).items() if more in labels}
        return [label for label in labels if label not in included]

    def _gender(self, view: View, cast: Cast, counting: Iterable[str]) -> Evidence:
        """From the counts: the i-th one announced where sightings stand for the cast, else by proportion."""
        genders = [gender for gender in cast.genders() if gender in self._genders]
        if view.count == len(genders) == cast.total and not view.located:
            scores = {genders[view.index]: SAID}
        else:
            scores = {g: round(SAID * genders.count(g) / len(genders), 4) for g in dict.fromkeys(genders)}
        return Evidence.of(self, GENDER, scores, counting)

    def _digest(self) -> str:
        digest = hashlib.sha256(self._vocabulary.digest.encode())
        digest.update(repr((SAID, BY_TAIL, MISSPELT, AGAIN_ONE_OF, AGAIN_MANY_OF, MIXED)).encode())
        for name in FACT_FILES:
            digest.update(files("kyara.extractors.tags").joinpath(name).read_bytes())
        if self._table:
            digest.update(self._table.read_bytes())
        return digest.hexdigest()[:16]


class _Known(dict[str, Meaning | None]):
    """Raw piece of a tag string → its meaning, None for one that says nothing; found on first sight, remembered.

    Memories are keyed by texts and tuples of texts: those the garbage collector need not look at again.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._by_tag: dict[str, Meaning] = {}  # so that `long hair` and `long_hair` are one

    def of(self, pieces: Sequence[str]) -> list[Meaning]:
        """The meanings of the pieces that have one, each once, in order."""
        return list(filter(None, dict.fromkeys(map(self.__getitem__, pieces))))

    def __missing__(self, piece: str) -> Meaning | None:
        if len(self) >= REMEMBERED_TAGS:
            self.clear()
            self._by_tag.clear()
        written = clean(piece)
        meaning = None if written.category else self._by_tag.get(written.tag)
        meaning = meaning or self._lexicon.meaning(written)
        self[piece] = found = meaning if meaning and meaning.votes else None
        if found:
            self._by_tag[found.tag] = found
        return found


def _hints(names: Iterable[Meaning], text: str) -> tuple[str, ...]:
    """The characters named. `kanon_(kurogane_knights)` may as well be an artist: on Danbooru, where a post also
    carries the work as a tag, a name counts when that or a well-known work bears it out; captions list no artists."""
    if "," in text:
        return tuple(dict.fromkeys([m.name for m in names if m.name]))
    padded = f" {text.lower()} "
    sure = [m for m in names if m.work is None or _borne_out(m.tag, m.work, padded)]
    return tuple(dict.fromkeys([_short(m.name, padded) for m in sure if m.name]))


def _borne_out(tag: str, work: str, padded: str) -> bool:
    if work in tag_facts().known_series or f" {_base(tag)} " in padded:
        return True
    begun = padded.count(f" {work}")  # blue_archive, fate_(series), fate/grand_order, honkai_impact_3rd
    return begun > tag.startswith(work)


def _short(name: str, padded: str) -> str:
    """`houshou_marine_(1st_costume)` beside `houshou_marine` is `houshou_marine`."""
    base = _base(name)
    return base if f" {base} " in padded else name


def _base(tag: str) -> str:
    return tag.partition("_(")[0]
