"""What a single tag means: labels of the vocabulary, a count of characters, a name, or nothing.

A tag is looked up as it stands, then by its other spellings, then by its tail ("dark_blue_hair"), and last as a
misspelling of a vocabulary tag. It knows nothing of the other tags beside it; tags.py weighs them together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kyara.extractors.tag_facts import Count, TagTable, read_tag_table, tag_facts
from kyara.extractors.tag_syntax import Written
from kyara.vocabulary import Vocabulary

# How sure a tag makes us that its label is true of a character it is meant for. Starting values by reason, to be
# replaced by calibration: people tag what they see and rarely err; a tail loses what the words before it add; a
# misspelling is read as intended about six times in seven once no real tag is taken for one (docs/vocabulary.md).
SAID = 0.95
BY_TAIL = 0.90
MISSPELT = 0.80
MIN_MISSPELT_CHARS = 6

UNKNOWN = "unknown"  # an artist, a work, a character without qualifier, or a thing nobody listed

Claim = tuple[str, str]  # (attribute, label)


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """One tag understood. Compared by identity: a Lexicon makes one per tag.

    `name` is the character it may name, `work` the qualifier that should be borne out by the other tags.
    """

    tag: str
    category: str = "general"
    claims: tuple[Claim, ...] = ()
    score: float = SAID
    count: Count | None = None
    name: str | None = None
    work: str | None = None


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
        self._near: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for tag in self._claims:
            self._near[tag[0], len(tag)].append(tag)

    def meaning(self, written: Written) -> Meaning:
        """The meaning of one tag; without claims, count and name where it says nothing that is known."""
        tag, category = written
        if category == "character" or (category is None and self._category(tag) == "character"):
            return self._character(tag)
        if category is None and tag not in self._claims:
            category = self._category(tag)
        if category not in (None, "general"):
            return Meaning(tag, category)
        return (
            self._plain(tag)
            or self._named(tag)
            or self._misspelt(tag)
            or self._by_tail(tag)
            or Meaning(tag, category or UNKNOWN)
        )

    def _category(self, tag: str) -> str | None:
        """From the user's table, else what the spelling alone gives away."""
        facts = self._facts
        if known := self._table.categories.get(self._table.aliases.get(tag, tag)):
            return known
        if tag in facts.ratings or tag.startswith("rating_"):
            return "rating"
        if tag in facts.meta or tag.endswith((*facts.meta_endings, "_(medium)")):
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
        words = tag.split("_")
        if len(words) < 2 or ":" in tag or tag in self._facts.inert or not self._facts.refused.isdisjoint(words):
            return None
        for start in range(1, len(words)):
            tail = "_".join(words[start:])
            if claims := self._claims.get(tail):
                fits = start < len(words) - 1 or (alone and tail in self._facts.heads)
                return Meaning(tag, claims=claims, score=BY_TAIL) if fits else None
        return None

    def _misspelt(self, tag: str) -> Meaning | None:
        """The vocabulary tag one edit away, if they all mean the same; first letter and digits must agree."""
        if len(tag) < MIN_MISSPELT_CHARS or tag in self._facts.inert:
            return None
        if tag in self._facts.real or tag.rpartition("_")[2] in self._facts.real:
            return None
        if tag in self._table.categories:
            return None
        digits = [letter for letter in tag if letter.isdigit()]
        near = [
            found
            for length in (len(tag), len(tag) - 1, len(tag) + 1)
            for found, _, _ in process.extract(
                tag, self._near.get((tag[0], length), ()), scorer=OSA.distance, score_cutoff=1
            )
            if len(found) >= MIN_MISSPELT_CHARS and [letter for letter in found if letter.isdigit()] == digits
        ]
        if not near or len({self._claims[found] for found in near}) > 1:
            return None
        return Meaning(tag, claims=self._claims[near[0]], score=MISSPELT)
