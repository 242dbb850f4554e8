"""Tells the people of a text apart, and whose every token is, by articles, pronouns, kinship, names and contrast words.

Knows nothing of attributes. Where the grammar does not tell, several people own a token.
"""

from __future__ import annotations

from kyara.extractors.text import grammar
from kyara.extractors.text import noun_phrases as phrases
from kyara.extractors.text.cast import Break, Cast, Owners, Person, agree, lay_out
from kyara.extractors.text.mentions import Marked, Mention

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
        self.breaks: list[Break] = []
        self.last_end = -1  # where the last mention of a person ended
        self.last: Owners = ()
        self.nobody = False
        self.listing = False  # whether several were announced together
        self.names: dict[str, int] = {}
        self.sentence = 0
        self.titled = -1  # whom the title of a work announced

    def cast(self) -> Cast:
        for mention in self.marked.mentions:
            roles = mention.form.roles
            if roles & grammar.ENDING:
                self._stop(mention, roles)
            elif roles & _HEARD:
                self._hear(mention, roles)
            elif self.listing and roles & grammar.COMMA:
                self._list(mention)
        self._gaps()
        owners, shared = lay_out(self.breaks, len(self.words))
        return Cast(self.people, owners, shared, self.nobody)

    def _stop(self, mention: Mention, roles: int) -> None:
        """A clause ends: "KENJI (12)" names somebody, "(2) Bram" begins the next, a new sentence leaves passers-by."""
        self.new_clause = True
        if roles & grammar.SENTENCE:
            year = self.words[mention.start - 1]
            if not self.sentence and len(self.people) == 1 and len(year) == 4 and year.isdigit():
                self.titled = 0
            self.sentence += 1
            if len(self.current) == 1 and self.people[self.current[0]].bystander and self.topic >= 0:
                self._turn(mention.end, (self.topic,))
        elif self.words[mention.start] == "(" and phrases.numeral(self.marked, mention.end):
            if phrases.is_list_mark(self.marked, mention):
                self._turn_to(mention.start, self._new())
            else:
                self._name(mention.start - 1)

    def _hear(self, mention: Mention, roles: int) -> None:
        if roles & grammar.NOBODY:
            self.nobody = True
        elif roles & grammar.EVERYONE and len(self.people) > 1 and phrases.subject_like(self.marked, mention):
            self._turn(mention.start, tuple(range(len(self.people))))
        elif roles & grammar.OTHERS:
            if not phrases.stands_for_somebody(self.marked, mention):
                return
            self._turn_to(mention.start, self._other(mention))
            self.last_end = mention.end
        elif roles & grammar.FIRSTS and self._slots() and not self.roles[mention.end] & grammar.PERSON:
            start = mention.start if mention.form.size > 1 else phrases.phrase_start(self.marked, mention)[0]
            self._turn_to(start, self._slots()[0])
            self.last_end = mention.end
        elif roles & grammar.PRONOUN and not roles & grammar.PERSON:
            self._pronoun(mention, roles)
        elif roles & grammar.PERSON:
            self._noun(mention, roles)
        elif roles & grammar.VERB:
            self._name(mention.start - 1)
        elif phrases.owns_features(self.marked, mention):
            self._name(mention.start - 1, owning=all(p.name for p in self.people))

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
        if slots and introduced and agree(self.people[slots[0]].gender, gender):
            index = slots[0]
            self.people[index].gender = self.people[index].gender or gender
            self.people[index].head = head
            return index
        if len(self.people) < MOST_PEOPLE:
            self.people.append(Person(gender, head, introduced=introduced))
        return len(self.people) - 1

    def _slots(self) -> list[int]:
        return [i for i, person in enumerate(self.people) if person.open] if self.listing else []

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
        if phrases.is_object(self.marked, mention) and self.people and (index < 0 or (index,) != self.current):
            return
        animal = index < 0 and bool(self.people) and phrases.of_an_animal(self.marked, mention.start)
        if index < 0:
            index = self._new(gender, introduced=False)
        self.people[index].gender = gender
        self.people[index].bystander = animal
        self._turn_to(mention.start, index)

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
        start, article = phrases.phrase_start(self.marked, mention)
        gender = roles & (grammar.HE | grammar.SHE)
        head = self.words[mention.end - 1]
        number = next((phrases.COUNTS[w] for w in self.words[start : mention.start] if w in phrases.COUNTS), 0)
        if roles & grammar.PLURAL:
            self._crowd(mention, start, number, gender, head)
            return
        place = phrases.place_of(self.marked, mention)
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
        fits = agree(self.people[now].gender, gender)
        if len(self.current) <= 1 and phrases.predicative(self.marked, start, self.last_end, bool(self._slots())):
            return now if fits else -1
        if article & grammar.INDEFINITE or self._joined(start):
            return self._titled(gender)
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
            others = [i for i, p in enumerate(self.people) if not (p.open or p.bystander) and agree(p.gender, gender)]
            if not others or self._slots():
                return -1
            known = others[-1]
            return -1 if self.people[known].sentence == self.sentence and self.people[known].head else known
        return now if fits else -1

    def _titled(self, gender: int) -> int:
        """The one whom a title such as "Woman Reading, 1840." announced, the first time a noun presents them."""
        index, self.titled = self.titled, -1
        return index if index >= 0 and agree(self.people[index].gender, gender) else -1

    def _joined(self, start: int) -> bool:
        before = self.roles[start - 1]
        return bool(before & grammar.JOINER) and start - 1 == self.last_end

    def _passing(self, mention: Mention, start: int, article: int) -> bool:
        """Whoever is only compared with, or owns something beside somebody told of, is passed by."""
        owned = mention.end < len(self.words) and self.words[mention.end] == "'s"
        alone = len(self.people) < 2 and not article & grammar.POSSESSIVE
        return phrases.compared(self.marked, start) or (owned and not alone)

    def _crowd(self, mention: Mention, start: int, number: int, gender: int, head: str) -> None:
        """Here "two girls" are two people; "the girls" and "both sisters" are those already known."""
        definite = (
            self.roles[start] & (grammar.DETERMINER | grammar.EVERYONE) or self.roles[start - 1] & grammar.EVERYONE
        )
        if self.people and (definite or not number) and head not in _TWO:
            if len(self.people) > 1:
                self._turn(start, tuple(range(len(self.people))))
            return
        first = len(self.people)
        paired = head in _TWO or self.words[mention.start] == "twin"
        number = min(number or (2 if paired else 0), MOST_PEOPLE - first)
        if number < 2:
            return
        self.people += [Person(gender, "", introduced=True, open=True) for _ in range(number)]
        self.listing = True
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

    def _list(self, comma: Mention) -> None:
        """Of "two girls" each is told apart by a name: "Aoi, tall, …", "…, Akane red hair"."""
        if not self._slots():
            return
        if self.new_clause:
            self._name(comma.start - 1)
        elif phrases.describing(self.marked, comma.end + 1):
            self._name(comma.end)

    def _name(self, i: int, owning: bool = False) -> None:
        """A capitalised unknown word names somebody; at a sentence's start only if `owning` or if none is known yet."""
        if not phrases.is_name(self.marked, i):
            return
        name = self.words[i]
        inside = i > 0 and not self.roles[i - 1] & grammar.ENDING
        index = self.names.get(name, -1)
        unnamed = [k for k, p in enumerate(self.people) if not p.name and not p.bystander and not p.open]
        if index < 0 and len(unnamed) == 1 and len(self.people) == 1:
            index = unnamed[0]
        if index < 0 and (owning or inside or not self.people or self._slots()):
            index = self._new()
        if index < 0:
            return
        self.people[index].name = name
        self.names[name] = index
        self._turn_to(i, index)
        self.last_end = i + 1


_TWO = ("twins", "couple", "duo")
_CONTRASTS = grammar.NOBODY | grammar.EVERYONE | grammar.OTHERS | grammar.FIRSTS
_HEARD = grammar.PERSON | grammar.PRONOUN | _CONTRASTS | grammar.VERB | grammar.COPULA
