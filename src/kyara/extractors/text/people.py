"""Tells the people of a text apart, and whose every token is, by articles, pronouns, kinship, names and contrast words.

Knows nothing of attributes. Where the grammar does not tell, several people own a token.
"""

from __future__ import annotations

from kyara.extractors.text import grammar
from kyara.extractors.text.cast import Cast, Owners, Person
from kyara.extractors.text.mentions import Marked, Mention
from kyara.extractors.text.noun_phrases import (
    COUNTS,
    compared,
    is_name,
    phrase_start,
    place_of,
    plain_as,
    stands_for_somebody,
    subject_like,
)

MOST_PEOPLE = 12  # further ones are taken for the last: bounds the time of a hostile text


def tell_apart(marked: Marked) -> Cast:
    """The people of a text and the owners of each of its tokens."""
    return _Telling(marked).cast()


class _Telling:
    """One left-to-right pass; `current` own what follows until somebody else is named."""

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self.words = marked.tokens.words
        self.roles = marked.role_of
        self.people: list[Person] = []
        self.current: Owners = ()
        self.topic = -1
        self.new_clause = True
        self.breaks: list[tuple[int, Owners, bool]] = []
        self.last_end = -1  # where the last mention of a person ended
        self.last: Owners = ()
        self.nobody = False
        self.names: dict[str, int] = {}
        self.sentence = 0

    def cast(self) -> Cast:
        for mention in self.marked.mentions:
            roles = mention.form.roles
            if roles & grammar.ENDING:
                self.new_clause = True
                self.sentence += bool(roles & grammar.SENTENCE)
                if self.words[mention.start] == "(" and self._numeral(mention.end):
                    self._name(mention)
            elif roles & (grammar.PERSON | grammar.PRONOUN | _CONTRASTS | grammar.VERB):
                self._hear(mention, roles)
        self._gaps()
        count = len(self.words)
        owners: list[Owners] = [()] * count
        shared = [False] * count
        self.breaks.sort(key=lambda b: b[0])
        for n, (start, own, together) in enumerate(self.breaks):
            end = self.breaks[n + 1][0] if n + 1 < len(self.breaks) else count
            first = 0 if n == 0 else start
            owners[first:end] = [own] * (end - first)
            shared[first:end] = [together] * (end - first)
        return Cast(self.people, owners, shared, self.nobody)

    def _hear(self, mention: Mention, roles: int) -> None:
        if roles & grammar.NOBODY:
            self.nobody = True
        elif roles & grammar.EVERYONE and len(self.people) > 1 and subject_like(self.marked, mention):
            self._turn(mention.start, tuple(range(len(self.people))))
        elif roles & grammar.OTHERS:
            if not stands_for_somebody(self.marked, mention):
                return
            self._turn_to(mention.start, self._other(mention))
            self.last_end = mention.end
        elif roles & grammar.FIRSTS and self._slots() and not self.roles[mention.end] & grammar.PERSON:
            start = mention.start if mention.form.size > 1 else phrase_start(self.marked, mention)[0]
            self._turn_to(start, self._slots()[0])
            self.last_end = mention.end
        elif roles & grammar.PRONOUN and not roles & grammar.PERSON:
            self._pronoun(mention, roles)
        elif roles & grammar.PERSON:
            self._noun(mention, roles)
        elif roles & grammar.VERB:
            self._name(mention)

    # -- turning to somebody ------------------------------------------------------------------------------

    def _turn(self, start: int, owners: Owners, shared: bool = False) -> None:
        self.breaks.append((start, owners, shared))
        self.current = owners

    def _turn_to(self, start: int, index: int) -> None:
        self.people[index].open = False
        self.people[index].sentence = self.sentence
        self._turn(start, (index,))
        self.last = (index,)
        if self.new_clause:
            self.topic, self.new_clause = index, False

    def _new(self, gender: int = 0, head: str = "", introduced: bool = True) -> int:
        slots = self._slots()
        if slots and introduced and self.people[slots[0]].gender in (0, gender):
            index = slots[0]
            self.people[index].gender = self.people[index].gender or gender
            self.people[index].head = head
            return index
        if len(self.people) < MOST_PEOPLE:
            self.people.append(Person(gender, head, introduced=introduced))
        return len(self.people) - 1

    def _slots(self) -> list[int]:
        return [i for i, person in enumerate(self.people) if person.open]

    def _other(self, mention: Mention) -> int:
        if slots := self._slots():
            return slots[0]
        if len(self.people) == 2 and len(self.current) == 1:
            return 1 - self.current[0]
        return self._new()

    # -- pronouns -----------------------------------------------------------------------------------------

    def _pronoun(self, mention: Mention, roles: int) -> None:
        if roles & grammar.THEY:
            crowd = tuple(i for i, p in enumerate(self.people) if not p.bystander)
            if len(crowd) > 1 and roles & (grammar.SUBJECT | grammar.POSSESSIVE):
                self._turn(mention.start, crowd, shared=True)
            elif not crowd:
                self._turn_to(mention.start, self._new(introduced=False))
            return
        gender = grammar.HE if roles & grammar.HE else grammar.SHE
        index = self._antecedent(gender)
        if self._is_object(mention, roles) and self.people and (index < 0 or (index,) != self.current):
            return
        if index < 0:
            index = self._new(gender, introduced=False)
        self.people[index].gender = gender
        self.people[index].bystander = False
        self._turn_to(mention.start, index)

    def _is_object(self, mention: Mention, roles: int) -> bool:
        if roles & grammar.OBJECT:
            return True
        if self.words[mention.start] != "her":
            return False
        after = self.roles[mention.end]
        return mention.end >= len(self.words) or bool(after & (grammar.CLOSED | grammar.STOPPING))

    def _antecedent(self, gender: int) -> int:
        """The likeliest person of that gender: the topic, the current, the latest; -1 where there is none."""
        fits = [i for i, p in enumerate(self.people) if p.gender in (0, gender) and not p.bystander and not p.open]
        sure = [i for i in fits if self.people[i].gender == gender]
        for group in (sure, fits):
            if self.topic in group:
                return self.topic
            if len(self.current) == 1 and self.current[0] in group:
                return self.current[0]
            if group:
                return group[-1]
        passers = [i for i, p in enumerate(self.people) if p.gender == gender]
        return passers[-1] if passers else -1

    # -- nouns --------------------------------------------------------------------------------------------

    def _noun(self, mention: Mention, roles: int) -> None:
        start, article = phrase_start(self.marked, mention)
        gender = roles & (grammar.HE | grammar.SHE)
        head = self.words[mention.end - 1]
        number = next((COUNTS[w] for w in self.words[start : mention.start] if w in COUNTS), 0)
        if roles & grammar.PLURAL:
            self._crowd(mention, start, number, gender, head)
            return
        place = place_of(self.marked, mention)
        index = self._same(mention, start, article, gender, head, place)
        joined = index < 0 and self._joined(start)
        before = self.last
        if index < 0:
            index = self._new(gender, head)
            self.people[index].place = place
            self.people[index].bystander = self._passing(mention, start, article)
            self.people[index].introduced = not article & grammar.POSSESSIVE
        person = self.people[index]
        person.gender, person.head = person.gender or gender, person.head or head
        self._turn_to(start, index)
        self.last_end = mention.end
        self._after(mention, joined, (*before, index))

    def _after(self, mention: Mention, joined: bool, both: Owners) -> None:
        """What follows "a boy and a girl" with a comma, a verb or a stop is said of both."""
        if joined and not self.roles[mention.end] & grammar.CLOSED and mention.end < len(self.words):
            self._turn(mention.end, both, shared=True)
            self.last = both

    def _same(self, mention: Mention, start: int, article: int, gender: int, head: str, place: int) -> int:
        """The person already known whom this noun names again, or -1 for somebody new."""
        if not self.people:
            return -1
        now = self.current[-1] if self.current else len(self.people) - 1
        fits = _agree(self.people[now].gender, gender)
        if self._predicative(start) and len(self.current) <= 1:
            return now if fits else -1
        if article & grammar.INDEFINITE or self._joined(start):
            return -1
        if article & grammar.POSSESSIVE:
            return -1 if mention.form.roles & grammar.KIN and head != self.people[now].head else (now if fits else -1)
        named = [
            i for i, p in enumerate(self.people) if p.head == head and (p.place == place or not place or not p.place)
        ]
        if named:
            return named[-1]
        if place and any(p.place and p.place != place for p in self.people):
            return -1
        if article or self._slots():
            others = [i for i, p in enumerate(self.people) if not (p.open or p.bystander) and _agree(p.gender, gender)]
            if not others or self._slots():
                return -1
            known = others[-1]
            return -1 if self.people[known].sentence == self.sentence and self.people[known].head else known
        return now if fits else -1

    def _predicative(self, start: int) -> bool:
        """In "She is a girl", "Rei, a girl", "the second a girl" the phrase tells of whoever was just named."""
        last = start - 2 if start > 1 and self.words[start - 1] == "not" else start - 1
        before = self.roles[last]
        if before & grammar.COPULA and not plain_as(self.marked, last):
            return True
        if start and start == self.last_end:
            return True
        if before & grammar.COMMA and start - 1 == self.last_end:
            return not self._slots()
        return bool(before & grammar.COMMA) and is_name(self.marked, start - 2) and bool(self.people)

    def _joined(self, start: int) -> bool:
        before = self.roles[start - 1]
        return bool(before & grammar.JOINER) and start - 1 == self.last_end

    def _passing(self, mention: Mention, start: int, article: int) -> bool:
        """Whoever is only compared with, or owns something beside somebody told of, is passed by."""
        owned = mention.end < len(self.words) and self.words[mention.end] == "'s"
        alone = len(self.people) < 2 and not article & grammar.POSSESSIVE
        return compared(self.marked, start) or (owned and not alone)

    def _crowd(self, mention: Mention, start: int, number: int, gender: int, head: str) -> None:
        """Here "two girls" are two people; "the girls" and "both sisters" are those already known."""
        definite = (
            self.roles[start] & (grammar.DETERMINER | grammar.EVERYONE) or self.roles[start - 1] & grammar.EVERYONE
        )
        if self.people and (definite or not number) and head not in ("twins", "couple", "duo"):
            if len(self.people) > 1:
                self._turn(start, tuple(range(len(self.people))))
            return
        first = len(self.people)
        number = min(number or (2 if head in ("twins", "couple", "duo") else 0), MOST_PEOPLE - first)
        if number < 2:
            return
        self.people += [Person(gender, "", introduced=True, open=True) for _ in range(number)]
        self._turn(start, tuple(range(first, first + number)), shared=True)
        self.last, self.last_end, self.new_clause = self.current, mention.end, False

    # -- names --------------------------------------------------------------------------------------------

    def _gaps(self) -> None:
        """In "Alice wears glasses, Bella a beret" a name goes without its verb."""
        if len(self.names) < 2:
            return
        for i in range(1, len(self.words)):
            if self.words[i] in self.names and self.roles[i - 1] & grammar.LINKING:
                self.breaks.append((i, (self.names[self.words[i]],), False))

    def _numeral(self, i: int) -> bool:
        return i < len(self.words) and self.words[i][0].isdigit()

    def _name(self, verb: Mention) -> None:
        """A capitalised unknown word before a verb names somebody."""
        i = verb.start - 1
        if not is_name(self.marked, i):
            return
        name = self.words[i]
        inside = i > 0 and not self.roles[i - 1] & grammar.ENDING
        index = self.names.get(name, -1)
        unnamed = [k for k, p in enumerate(self.people) if not p.name and not p.bystander and not p.open]
        if index < 0 and len(unnamed) == 1 and len(self.people) == 1:
            index = unnamed[0]
        if index < 0 and (inside or not self.people):
            index = self._new()
        if index < 0:
            return
        self.people[index].name = name
        self.names[name] = index
        self._turn_to(i, index)
        self.last_end = verb.start


_CONTRASTS = grammar.NOBODY | grammar.EVERYONE | grammar.OTHERS | grammar.FIRSTS


def _agree(one: int, other: int) -> bool:
    """True where two genders may be one person's; 0 is unknown."""
    return not one or not other or one == other
