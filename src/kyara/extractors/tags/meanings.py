"""What a single tag means: labels of the vocabulary, a count of characters, a name, or nothing.

A tag is looked up as it stands, then by its other spellings, then by its tail ("dark_blue_hair"), and last as a
misspelling of a vocabulary tag. It knows nothing of the other tags beside it; tags.py weighs them together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
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
Votes = tuple[tuple[str, float], ...]  # (label, score)


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """One tag understood. Compared by identity: a Lexicon makes one per tag.

    `votes` are its claims by attribute, and empty ones for COUNT and NAME; none where it says nothing of anybody.
    `name` is the character it may name, `work` the qualifier that should be borne out by the other tags.
    """

    tag: str
    category: str = "general"
    claims: tuple[Claim, ...] = ()
    score: float = SAID
    count: Count | None = None
    name: str | None = None
    work: str | None = None
    votes: dict[str, Votes] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for attribute, label in self.claims:
            self.votes[attribute] = (*self.votes.get(attribute, ()), (label, self.score))
        self.votes.update({topic: () for topic, said in ((COUNT, self.count), (NAME, self.name)) if said})


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
        self._near: defaultdict[tuple[bool, str], set[str]] = defaultdict(set)
        for tag in self._claims:
            if len(tag) >= MIN_MISSPELT_CHARS:
                for length in (len(tag) - 1, len(tag), len(tag) + 1):
                    for end in _ends(tag, length):
                        self._near[end].add(tag)

    def meaning(self, written: Written) -> Meaning | None:
        """The meaning of one tag; None for an artist, a work, a plain name or a thing that nobody listed."""
        tag, category = written
        if category == "character" or (category is None and self._category(tag) == "character"):
            return self._character(tag)
        if category is None and tag not in self._claims:
            category = self._category(tag)
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
        return Meaning(tag, "character", name=f"{base}_({work})", work=work)

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
        if len(tag) < MIN_MISSPELT_CHARS or tag in self._facts.inert:
            return None
        if tag in self._facts.real or tag.rpartition("_")[2] in self._facts.real:
            return None
        if tag in self._table.categories:
            return None
        alike = {found for end in _ends(tag, len(tag)) for found in self._near.get(end, ())}
        near = {
            found
            for found in alike
            if OSA.distance(tag, found, score_cutoff=1) == 1 and found[0] == tag[0] and _digits(found) == _digits(tag)
        }
        if not near or len({self._claims[found] for found in near}) > 1:
            return None
        meant = near.pop()
        return Meaning(tag, claims=self._claims[meant], score=MISSPELT, count=self._facts.counts.get(meant))


def _ends(tag: str, length: int) -> tuple[tuple[bool, str], tuple[bool, str]]:
    """Beginning and end of a tag, a little less than half of `length`: one edit leaves at least one of them whole."""
    half = length // 2 - 1
    return (True, tag[:half]), (False, tag[-half:])


def _digits(tag: str) -> str:
    return "".join(letter for letter in tag if letter.isdigit())
