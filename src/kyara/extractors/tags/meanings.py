"""What a single tag means: labels of the vocabulary, a count of characters, a name, or nothing.

A tag is looked up as it stands, then by its other spellings, then by its tail ("dark_blue_hair"), and last as a
misspelling of a vocabulary tag. It knows nothing of the other tags beside it; extractor.py weighs them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rapidfuzz.distance import OSA

from kyara.extractors.tags.facts import Count, TagTable, read_tag_table, tag_facts
from kyara.extractors.tags.syntax import Written
from kyara.vocabulary import Vocabulary

# How sure a tag makes us that its label is true of a character it is meant for. Starting values by reason, to be
# replaced by calibration: people tag what they see and rarely err; a tail loses what the words before it add; a
# misspelling is read as intended about six times in seven once no real tag is taken for one (docs/vocabulary.md).
SAID = 0.95
BY_TAIL = 0.90
MISSPELT = 0.80
MIN_MISSPELT_CHARS = 6


COUNT, NAME = "#count", "#name"  # topics that are no attributes

Claim = tuple[str, str]  # (attribute, label)
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """One tag understood. Compared by identity: a Lexicon makes one per tag.

    `name` is the character it may name, `work` the qualifier of that name where other tags should bear it out.
    """

    tag: str
    category: str = "general"
    claims: tuple[Claim, ...] = ()
    score: float = SAID
    count: Count | None = None
    name: str | None = None
    work: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """The labels claimed of one attribute, all with one score. Compared by identity: one for all that claim the same.

    So sets of them are found again without a look at what is in them.
    """

    topic: str
    scores: Mapping[str, float]
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """What one tag says of one topic: an attribute, COUNT or NAME, of which `votes` are empty. One for each tag."""

    topic: str
    tag: str
    meaning: Meaning
    votes: Votes


def stated(meaning: Meaning) -> tuple[Statement, ...]:
    """A meaning by topic; empty for one that says nothing of anybody."""
    topics = ((COUNT,) if meaning.count else ()) + ((NAME,) if meaning.name else ())
    votes = _votes(meaning.claims, meaning.score, topics)
    return tuple([Statement(each.topic, meaning.tag, meaning, each) for each in votes])


@cache
def _votes(claims: tuple[Claim, ...], score: float, topics: tuple[str, ...]) -> tuple[Votes, ...]:
    """The claims by attribute, and empty ones for `topics`; no more of them than a vocabulary has claims."""
    scores: dict[str, dict[str, float]] = {}
    for attribute, label in claims:
        scores.setdefault(attribute, {})[label] = score
    scores |= {topic: {} for topic in topics}
    return tuple([Votes(topic, said, score) for topic, said in scores.items()])


class Lexicon:
    """Finds the meaning of tags for one vocabulary, and one tag table where the user gave one."""

    def __init__(self, vocabulary: Vocabulary, table: Path | None = None) -> None:
        self._facts = tag_facts()
        self._table = read_tag_table(table) if table else TagTable()
        claims: defaultdict[str, list[Claim]] = defaultdict(list)
        for attribute in vocabulary.attributes:
            for label in attribute.labels:
                for tag in label.tags:
                    claims[tag].append((attribute.name, label.name))
        self._claims = {tag: tuple(said) for tag, said in claims.items()}
        self._loose = {tag.replace("-", "_"): tag for tag in self._claims}
        self._meta_endings = (*self._facts.meta_endings, "_(medium)")
        self._near: defaultdict[str, set[str]] = defaultdict(set)
        for tag in self._claims:
            if len(tag) >= MIN_MISSPELT_CHARS:
                for length in (len(tag) - 1, len(tag), len(tag) + 1):
                    for end in _ends(tag, length):
                        self._near[end].add(tag)

    def meaning(self, written: Written) -> Meaning | None:
        """The meaning of one tag; None for an artist, a work, a plain name or a thing that nobody listed."""
        tag, category = written
        if category is None:
            known = self._category(tag)
            category = known if known == "character" or tag not in self._claims else None
        if category == "character":
            return self._character(tag)
        if category not in (None, "general"):
            return Meaning(tag, category)
        return self._plain(tag) or self._named(tag) or self._misspelt(tag) or self._by_tail(tag)

    def _category(self, tag: str) -> str | None:
        """From the user's table, else what the spelling alone gives away."""
        facts = self._facts
        if known := self._table.categories.get(self._table.aliases.get(tag, tag)):
            return known
        if tag in facts.ratings or tag.startswith("rating_"):
            return "rating"
        if tag in facts.meta or tag.endswith(self._meta_endings):
            return "meta"
        return None

    def _canonical(self, tag: str) -> str:
        """The vocabulary's own spelling of `tag` where it is another one."""
        for spelling in (tag, self._facts.aliases.get(tag), self._table.aliases.get(tag)):
            if spelling and (spelling in self._claims or spelling in self._facts.counts):
                return spelling
        loose = tag.replace("-", "_")
        return self._loose.get(loose, self._facts.aliases.get(loose, tag))

    def _plain(self, tag: str) -> Meaning | None:
        own = self._canonical(tag)
        claims, count = self._claims.get(own, ()), self._facts.counts.get(own) or self._facts.counts.get(tag)
        return Meaning(tag, claims=claims, count=count) if claims or count else None

    def _named(self, tag: str) -> Meaning | None:
        """`name_(qualifier)`: a character, a work, a cosplay or a thing; None for any other tag."""
        base, parenthesis, _ = tag.partition("_(")
        if not parenthesis or not tag.endswith(")"):
            return None
        work = tag.rpartition("_(")[2][:-1]
        if work == "cosplay":
            return Meaning(tag, claims=self._claims.get("cosplay", ()))
        if work in self._facts.own_qualifiers:
            return Meaning(tag, "character", name=tag)
        if work in self._facts.series_qualifiers:
            return Meaning(tag, "series")
        if work in self._facts.general_qualifiers or tag in self._facts.things:
            return self._by_tail(tag) or Meaning(tag)
        if claimed := self._by_tail(base, alone=work not in self._facts.known_series):
            return Meaning(tag, claims=claimed.claims, score=BY_TAIL)
        doubtful = work not in self._facts.known_series
        return Meaning(tag, "character", name=f"{base}_({work})", work=work if doubtful else None)

    def _character(self, tag: str) -> Meaning:
        base, parenthesis, _ = tag.partition("_(")
        work = tag.rpartition("_(")[2][:-1]
        return Meaning(tag, "character", name=f"{base}_({work})" if parenthesis else tag)

    def _by_tail(self, tag: str, alone: bool = True) -> Meaning | None:
        """`dark_blue_hair` is blue_hair; a tail of one word only where `alone` and it is listed as a head."""
        if ":" in tag or tag in self._facts.inert or "_" not in tag:
            return None
        tail = tag
        while "_" in tail:
            tail = tail[tail.index("_") + 1 :]
            if claims := self._claims.get(tail):
                fits = "_" in tail or (alone and tail in self._facts.heads)
                allowed = self._facts.refused.isdisjoint(tag.split("_"))
                return Meaning(tag, claims=claims, score=BY_TAIL) if fits and allowed else None
        return None

    def _misspelt(self, tag: str) -> Meaning | None:
        """The vocabulary tag one edit away, if they all mean the same; first letter and digits must agree."""
        if len(tag) < MIN_MISSPELT_CHARS:
            return None
        begin, end = _ends(tag, len(tag))
        alike = self._near.get(begin, _NONE) | self._near.get(end, _NONE)
        if not alike or tag in self._facts.inert or tag in self._table.categories:
            return None
        if tag in self._facts.real or tag.rpartition("_")[2] in self._facts.real:
            return None
        near = [
            found for found in alike if OSA.distance(tag, found, score_cutoff=1) == 1 and _digits(found) == _digits(tag)
        ]
        if not near or len({self._claims[found] for found in near}) > 1:
            return None
        meant = min(near)
        return Meaning(tag, claims=self._claims[meant], score=MISSPELT, count=self._facts.counts.get(meant))


def _ends(tag: str, length: int) -> tuple[str, str]:
    """Beginning and end of a tag, a little less than half of `length`: one edit leaves at least one of them whole.

    The end with the first letter before it, since that must agree and is shared by few.
    """
    half = length // 2 - 1
    return tag[:half], tag[0] + tag[-half:]


def _digits(tag: str) -> str:
    return "".join(letter for letter in tag if letter.isdigit())
