"""Tells the people of a text apart, and whose every token is, by articles, pronouns, kinship, names and contrast words.

Knows nothing of attributes. Where the grammar does not tell, several people own a token.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kyara.extractors.text.lexicon import Role
from kyara.extractors.text.mentions import Marked, Mention

Owners = tuple[int, ...]
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}
_PRONOUN = Role.HE | Role.SHE | Role.THEY
_NP_FARTHEST = 10  # tokens between an article and its noun


@dataclass(slots=True)
class Person:
    """Somebody a text tells of. `introduced`: the text presents them ("a man"), rather than passing by ("his aunt")."""

    gender: int = 0  # Role.HE, Role.SHE or 0
    head: str = ""
    place: int = 0  # Role.LEFT, Role.RIGHT or 0
    name: str = ""
    introduced: bool = False
    bystander: bool = False  # only compared with or owning something: what is said of them describes nobody
    sentence: int = -1  # where they were last named
    open: bool = False  # one of "two girls", not told apart yet


@dataclass(slots=True)
class Cast:
    """The people of a text in order of appearance; `owners[i]` are those token i describes."""

    people: list[Person] = field(default_factory=list)
    owners: list[Owners] = field(default_factory=list)
    shared: list[bool] = field(default_factory=list)  # token i describes several without telling whom
    nobody: bool = False


def tell_apart(marked: Marked) -> Cast:
    """The people of a text and the owners of each of its tokens."""
    return _Telling(marked).cast()


class _Telling:
    """One left-to-right pass; `current` own what follows until somebody else is named."""

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self.words = marked.tokens.words
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
            if roles & (Role.SENTENCE | Role.CLAUSE):
                self.new_clause = True
                self.sentence += bool(roles & Role.SENTENCE)
                if self.words[mention.start] == "(" and self._numeral(mention.end):
                    self._name(mention)
            elif roles & (Role.PERSON | _PRONOUN | _CONTRASTS | Role.VERB):
                self._hear(mention, roles)
        self._gaps()
        count = len(self.words)
        owners: list[Owners] = [()] * count
        shared = [False] * count
        self.breaks.sort(key=lambda b: b[0])
        for n, (start, own, together) in enumerate(self.breaks):
            end = self.breaks[n + 1][0] if n + 1 < len(self.breaks) else count
            start = 0 if n == 0 else start
            owners[start:end] = [own] * (end - start)
            shared[start:end] = [together] * (end - start)
        return Cast(self.people, owners, shared, self.nobody)

    def _hear(self, mention: Mention, roles: int) -> None:
        if roles & Role.NOBODY:
            self.nobody = True
        elif roles & Role.EVERYONE and len(self.people) > 1 and self._subject_like(mention):
            self._turn(mention.start, tuple(range(len(self.people))))
        elif roles & Role.OTHERS:
            self._turn_to(mention.start, self._other(mention))
            self.last_end = mention.end
        elif roles & Role.FIRSTS and self._slots() and not self.marked.roles(mention.end) & Role.PERSON:
            self._turn_to(self._phrase_start(mention)[0], self._slots()[0])
            self.last_end = mention.end
        elif roles & _PRONOUN and not roles & Role.PERSON:
            self._pronoun(mention, roles)
        elif roles & Role.PERSON:
            self._noun(mention, roles)
        elif roles & Role.VERB:
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

    def _subject_like(self, mention: Mention) -> bool:
        """"both" of people, not of arms: what follows is a person, a verb or a stop."""
        after = mention.end
        known = self.marked.roles(after) & (Role.PERSON | Role.CLOSED | Role.COPULA | Role.BREAKER | Role.VERB)
        state = after < len(self.words) and self.marked.at[after] >= 0
        return bool(known) or state or after >= len(self.words)

    # -- pronouns -----------------------------------------------------------------------------------------

    def _pronoun(self, mention: Mention, roles: int) -> None:
        if roles & Role.THEY:
            crowd = tuple(i for i, p in enumerate(self.people) if not p.bystander)
            if len(crowd) > 1 and roles & (Role.SUBJECT | Role.POSSESSIVE):
                self._turn(mention.start, crowd, shared=True)
            elif not crowd:
                self._turn_to(mention.start, self._new(introduced=False))
            return
        gender = Role.HE if roles & Role.HE else Role.SHE
        index = self._antecedent(gender)
        if self._is_object(mention, roles) and self.people and (index < 0 or (index,) != self.current):
            return
        if index < 0:
            index = self._new(gender, introduced=False)
        self.people[index].gender = gender
        self.people[index].bystander = False
        self._turn_to(mention.start, index)

    def _is_object(self, mention: Mention, roles: int) -> bool:
        if roles & Role.OBJECT:
            return True
        if self.words[mention.start] != "her":
            return False
        after = self.marked.roles(mention.end)
        return mention.end >= len(self.words) or bool(after & (Role.CLOSED | Role.SENTENCE | Role.CLAUSE | Role.COMMA))

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
        start, article = self._phrase_start(mention)
        gender = roles & (Role.HE | Role.SHE)
        head = self.words[mention.end - 1]
        number = next((_NUMBERS[w] for w in self.words[start : mention.start] if w in _NUMBERS), 0)
        if roles & Role.PLURAL:
            self._crowd(mention, start, number, gender, head)
            return
        place = self._place(mention)
        index = self._same(mention, start, article, gender, head, place)
        joined = index < 0 and self._joined(start)
        before = self.last
        if index < 0:
            index = self._new(gender, head)
            self.people[index].place = place
            self.people[index].bystander = self._compared(mention, start, article)
            self.people[index].introduced = not article & Role.POSSESSIVE
        person = self.people[index]
        person.gender, person.head = person.gender or gender, person.head or head
        self._turn_to(start, index)
        self.last_end = mention.end
        self._after(mention, joined, (*before, index))

    def _after(self, mention: Mention, joined: bool, both: Owners) -> None:
        """What follows "a boy and a girl" with a comma, a verb or a stop is said of both."""
        if joined and not self.marked.roles(mention.end) & Role.CLOSED and mention.end < len(self.words):
            self._turn(mention.end, both, shared=True)
            self.last = both

    def _phrase_start(self, mention: Mention) -> tuple[int, int]:
        """Where the noun phrase begins, and the roles of its article or possessive (0 = bare)."""
        i = mention.start - 1
        while i >= max(0, mention.start - _NP_FARTHEST):
            roles = self.marked.roles(i)
            if self.words[i] == "'s":
                return i + 1, Role.POSSESSIVE
            if roles & (Role.INDEFINITE | Role.POSSESSIVE | Role.OTHERS):
                return i, roles | (Role.INDEFINITE if roles & Role.OTHERS else 0)
            if roles & Role.DETERMINER or self.words[i] in _NUMBERS:
                numbered = i > 0 and self.words[i] in _NUMBERS and self.marked.roles(i - 1) & Role.DETERMINER
                return (i - 1 if numbered else i), roles & Role.DETERMINER
            described = self._describes(i)
            if roles & (Role.COMMA | Role.JOINER):
                if not self._describes(i - 1) or self.marked.roles(i - 1) & Role.PERSON:
                    return i + 1, 0
            elif not described and (roles or self._capital(i)):
                return i + 1, 0
            i -= 1
        return i + 1, 0

    def _describes(self, i: int) -> bool:
        if i < 0 or self.marked.at[i] < 0:
            return False
        form = self.marked.mentions[self.marked.at[i]].form
        if form.roles & (Role.CLOSED | Role.BREAKER | Role.SENTENCE) and not form.words:
            return False
        return bool(form.words or form.roles & (Role.COMPOUND | Role.MODIFIER) or (form.states and not form.roles & Role.PERSON))

    def _same(self, mention: Mention, start: int, article: int, gender: int, head: str, place: int) -> int:
        """The person already known whom this noun names again, or -1 for somebody new."""
        if not self.people:
            return -1
        now = self.current[-1] if self.current else len(self.people) - 1
        fits = self.people[now].gender in (0, gender) or not gender
        if self._predicative(start) and len(self.current) <= 1:
            return now if fits else -1
        if article & Role.INDEFINITE or self._joined(start):
            return -1
        if article & Role.POSSESSIVE:
            return -1 if mention.form.roles & Role.KIN and head != self.people[now].head else (now if fits else -1)
        named = [i for i, p in enumerate(self.people) if p.head == head and (not place or not p.place or p.place == place)]
        if named:
            return named[-1]
        if place and any(p.place and p.place != place for p in self.people):
            return -1
        if article or self._slots():
            others = [i for i, p in enumerate(self.people) if not p.open and not p.bystander and (p.gender in (0, gender) or not gender)]
            if not others or self._slots():
                return -1
            known = others[-1]
            return -1 if self.people[known].sentence == self.sentence and self.people[known].head else known
        return now if fits else -1

    def _predicative(self, start: int) -> bool:
        """"She is a girl", "Rei, a girl", "the second a girl": the phrase tells of whoever was just named."""
        last = start - 2 if start > 1 and self.words[start - 1] == "not" else start - 1
        before = self.marked.roles(last)
        if before & Role.COPULA and self.words[last] != "as":
            return True
        if start and start == self.last_end:
            return True
        if before & Role.COMMA and start - 1 == self.last_end:
            return not self._slots()
        return bool(before & Role.COMMA) and self._capital(start - 2) and bool(self.people)

    def _joined(self, start: int) -> bool:
        before = self.marked.roles(start - 1)
        return bool(before & Role.JOINER) and start - 1 == self.last_end

    def _compared(self, mention: Mention, start: int, article: int) -> bool:
        if self.words[start - 1] in ("unlike", "like", "than", "as") and start:
            return True
        owned = mention.end < len(self.words) and self.words[mention.end] == "'s"
        return owned and (bool(article & Role.POSSESSIVE) or len(self.people) > 1)

    def _crowd(self, mention: Mention, start: int, number: int, gender: int, head: str) -> None:
        """"two girls" are two people; "the girls" and "both sisters" are those already known."""
        definite = self.marked.roles(start) & (Role.DETERMINER | Role.EVERYONE) or self.marked.roles(start - 1) & Role.EVERYONE
        if self.people and (definite or not number) and head not in ("twins", "couple", "duo"):
            if len(self.people) > 1:
                self._turn(start, tuple(range(len(self.people))))
            return
        number = number or (2 if head in ("twins", "couple", "duo") else 0)
        if number < 2:
            return
        first = len(self.people)
        self.people += [Person(gender, "", introduced=True, open=True) for _ in range(number)]
        self._turn(start, tuple(range(first, first + number)), shared=True)
        self.last, self.last_end, self.new_clause = self.current, mention.end, False

    def _place(self, mention: Mention) -> int:
        for i in range(mention.end, min(mention.end + 3, len(self.words))):
            if place := self.marked.roles(i) & (Role.LEFT | Role.RIGHT):
                return place
        return 0

    # -- names --------------------------------------------------------------------------------------------

    def _capital(self, i: int) -> bool:
        return 0 <= i < len(self.words) and self.marked.at[i] < 0 and self.marked.tokens.text[self.marked.tokens.starts[i]].isupper()

    def _gaps(self) -> None:
        """"Alice wears glasses, Bella a beret": a name without its verb."""
        if len(self.names) < 2:
            return
        for i in range(1, len(self.words)):
            if self.words[i] in self.names and self.marked.roles(i - 1) & (Role.COMMA | Role.JOINER):
                self.breaks.append((i, (self.names[self.words[i]],), False))

    def _numeral(self, i: int) -> bool:
        return i < len(self.words) and self.words[i][0].isdigit()

    def _name(self, verb: Mention) -> None:
        """A capitalised unknown word before a verb names somebody."""
        i = verb.start - 1
        if not self._capital(i):
            return
        name = self.words[i]
        inside = i > 0 and not self.marked.roles(i - 1) & (Role.SENTENCE | Role.CLAUSE)
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


_CONTRASTS = Role.NOBODY | Role.EVERYONE | Role.OTHERS | Role.FIRSTS
