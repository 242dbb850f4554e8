"""The extractor that reads Danbooru tags: labels with reasoned scores, names as identity hints, and the cast.

Tags belong to the picture, not to a character: with several characters each tag is shared evidence and weighs less.
Speed comes from doing everything once per distinct tag: a post costs one dictionary look-up a tag and little more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import chain
from operator import attrgetter
from pathlib import Path

from kyara.extractors.tags.cast import Cast, cast_of, divided, shared
from kyara.extractors.tags.facts import FACT_FILES, tag_facts
from kyara.extractors.tags.meanings import BY_TAIL, COUNT, MISSPELT, NAME, SAID, Lexicon, Statement, Votes, stated
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
REMEMBERED = 32_768
REMEMBERED_TAGS = 65_536
KEPT_TAGS = 2  # evidence of more tags seldom comes again with the same tags in the same order

_tag_of, _votes_of, _score_of = attrgetter("tag"), attrgetter("votes"), attrgetter("score")


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
        readings: list[Reading] = []
        last, statements = "", list[Statement]()
        for view in views:
            tags = view.tags
            if not tags:
                readings.append(NOTHING)
                continue
            if tags != last:  # else another sighting of the same sample
                last, statements = tags, self._strings.pop(tags, []) or self._known.of(split(tags))
            readings.append(self._reading(view, tags, statements, wanted))
        return readings

    def announce(self, sample: Sample) -> int | None:
        """How many characters the tags announce: the known ones, where it is only said that there are more."""
        cast = self.cast(sample.tags) if sample.tags else None
        return cast.total if cast else None

    def forget(self) -> None:
        """Drops what is remembered of tags and evidence; answers stay the same, the next ones take longer."""
        self._known = _Known(self._lexicon)
        self._strings: dict[str, list[Statement]] = {}
        self._evidence: dict[tuple[int | Statement, ...], Evidence] = {}
        self._weighed: dict[tuple[int, frozenset[Votes]], Scores] = {}
        self._casts: dict[tuple[Statement, ...], Cast | None] = {}

    def cast(self, tags: str) -> Cast | None:
        """The characters a tag string announces, None where it is silent. What it says is kept until it is read."""
        said = self._strings.get(tags)
        if said is None:
            if len(self._strings) >= 2 * self.batch_size:
                self._strings.clear()
            said = self._strings[tags] = self._known.of(split(tags))
        return self._cast([statement for statement in said if statement.topic == COUNT])

    def _cast(self, counted: Sequence[Statement]) -> Cast | None:
        """The cast by the tags that count. Memories may be cleared by another thread."""
        if not counted:
            return None
        key = tuple(counted)
        if cast := self._casts.get(key):
            return cast
        if len(self._casts) >= REMEMBERED:
            self._casts.clear()
        cast = self._casts[key] = cast_of([count for statement in counted if (count := statement.meaning.count)])
        return cast

    def _reading(self, view: View, tags: str, statements: Sequence[Statement], wanted: Collection[str]) -> Reading:
        said_of: dict[str, list[Statement]] = {}
        for statement in statements:
            topic = statement.topic
            if topic in said_of:
                said_of[topic].append(statement)
            else:
                said_of[topic] = [statement]
        named, counted = said_of.pop(NAME, ()), said_of.pop(COUNT, ())
        cast = self._cast(counted)
        count = max(view.count, cast.total) if cast else view.count
        evidence = []
        for attribute, said in said_of.items():
            if attribute not in wanted:
                continue
            if attribute == GENDER and count > 1 and cast and cast.genders():
                evidence.append(self._gender(view, cast, counted))
            elif len(said) <= KEPT_TAGS:
                key: tuple[int | Statement, ...] = (count, *said)
                evidence.append(self._evidence.get(key) or self._keep(key, self._judge(attribute, count, said)))
            else:
                evidence.append(self._judge(attribute, count, said))
        return Reading(tuple(evidence), hints=_hints(named, tags) if named else ())

    def _keep(self, key: tuple[int | Statement, ...], evidence: Evidence) -> Evidence:
        if len(self._evidence) >= REMEMBERED:
            self._evidence.clear()
        self._evidence[key] = evidence
        return evidence

    def _judge(self, attribute: str, count: int, said: Sequence[Statement]) -> Evidence:
        votes = frozenset(map(_votes_of, said))
        scores = self._weighed.get((count, votes)) or self._weigh(attribute, count, votes)
        return Evidence(self.name, self.version, attribute, scores, tuple(map(_tag_of, said)))

    def _weigh(self, attribute: str, count: int, votes: frozenset[Votes]) -> Scores:
        best: dict[str, float] = {}
        for each in sorted(votes, key=_score_of):
            best.update(each.scores)  # the surest last
        if count > 1 or attribute in self._one_of:
            weights = self._weights(attribute, count, best)
            best = {label: round(best[label] * weight, 4) for label, weight in weights.items()}
        if len(self._weighed) >= REMEMBERED:
            self._weighed.clear()
        scores = ranked(best)
        self._weighed[count, votes] = scores
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

    def _gender(self, view: View, cast: Cast, counted: Iterable[Statement]) -> Evidence:
        """From the counts: the i-th one announced where sightings stand for the cast, else by proportion."""
        genders = [gender for gender in cast.genders() if gender in self._genders]
        if view.count == len(genders) == cast.total and not view.located:
            scores = {genders[view.index]: SAID}
        else:
            scores = {g: round(SAID * genders.count(g) / len(genders), 4) for g in dict.fromkeys(genders)}
        return Evidence.of(self, GENDER, scores, map(_tag_of, counted))

    def _digest(self) -> str:
        digest = hashlib.sha256(self._vocabulary.digest.encode())
        digest.update(repr((SAID, BY_TAIL, MISSPELT, AGAIN_ONE_OF, AGAIN_MANY_OF, MIXED)).encode())
        for name in FACT_FILES:
            digest.update(files("kyara.extractors.tags").joinpath(name).read_bytes())
        if self._table:
            digest.update(self._table.read_bytes())
        return digest.hexdigest()[:16]


class _Known(dict[str, tuple[Statement, ...]]):
    """Raw piece of a tag string → what it says, mostly nothing; found on first sight, remembered."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._by_tag: dict[str, tuple[Statement, ...]] = {}  # so that `long hair` and `long_hair` are one

    def of(self, pieces: Iterable[str]) -> list[Statement]:
        """All that the pieces say, each statement once, in order."""
        return list(dict.fromkeys(chain.from_iterable(filter(None, map(self.__getitem__, pieces)))))

    def __missing__(self, piece: str) -> tuple[Statement, ...]:
        if len(self) >= REMEMBERED_TAGS:
            self.clear()
            self._by_tag.clear()
        written = clean(piece)
        said = () if written.category else self._by_tag.get(written.tag, ())
        if not said and (meaning := self._lexicon.meaning(written)):
            said = stated(meaning)
        self[piece] = said
        if said and not written.category:
            self._by_tag[said[0].tag] = said
        return said


def _hints(named: Iterable[Statement], text: str) -> tuple[str, ...]:
    """The characters named. `kanon_(kurogane_knights)` may as well be an artist: on Danbooru, where a post also
    carries the work as a tag, a name counts when that or a well-known work bears it out; captions list no artists.
    Beside `houshou_marine`, `houshou_marine_(1st_costume)` is her."""
    caption, padded = "," in text, f" {text.lower()} "
    found: dict[str, None] = {}
    for statement in named:
        name, work = statement.meaning.name or "", statement.meaning.work
        base = name.partition("_(")[0]
        if caption:
            found[name] = None
        elif f" {base} " in padded:
            found[base] = None
        elif work is None or _borne_out(statement.tag, work, padded):
            found[name] = None
    return tuple(found)


def _borne_out(tag: str, work: str, padded: str) -> bool:
    """True where a tag begins with the work: blue_archive, fate_(series), fate/grand_order, honkai_impact_3rd."""
    return padded.count(f" {work}") > tag.startswith(work)
