"""The caption of a picture, made of what is known of it: identity first, then the traits that stay, then the rest.

Source tags are kept unless a decided value says otherwise; decided values nobody tagged are added. Only appearance is
added: age, ethnicity and build are perceived, and tags for them exist where an artist or a tagger gave them.
It knows tags and labels, no files and no trainer; who cuts a tag string into tags is passed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from kyara.exports.pictures import Cut
from kyara.records import Sighting
from kyara.vocabulary import Label, Vocabulary

Trait = tuple[str, str]  # (attribute, label)
Split = Callable[[str], Sequence[str]]

CORE = ("gender", "age", "ethnicity", "body_type", "hair_color", "hair_length", "hair_style", "eye_color")
UNADDED = ("gender", "age", "ethnicity", "body_type")  # gender comes as a count: 1girl
COUNTED = {"female": "girl", "male": "boy", "non_binary": "other"}
OBVIOUS = ("hair_color", "hair_length", "eye_color")  # the first tag of these labels is what everybody writes
LEAST_SCORE = 0.35  # of a tagger's raw tags, as its own default is
FACE_CHARS = 3  # underscores in tags up to this length belong to emoticons: ^_^


@dataclass(frozen=True, slots=True)
class Style:
    """How captions are written. `separator` divides what a trainer may not shuffle from the rest; "" for none."""

    trigger: str = ""
    separator: str = ""
    underscores: bool = False
    words: Literal["tags", "text"] = "tags"


@dataclass(frozen=True)
class Captions:
    """Makes captions. `pruned` holds, by identity, the traits its name stands for, which are left out."""

    vocabulary: Vocabulary
    split: Split
    style: Style = Style()
    pruned: Mapping[str, frozenset[Trait]] = field(default_factory=dict)

    def of(self, cut: Cut) -> str:
        """The caption of one picture, in one line."""
        if self.style.words == "text" and (text := _text(cut)):
            return " ".join(filter(None, (_one_line(self.style.trigger), text)))
        names = list(dict.fromkeys(name for one in cut.sightings for name in _names(one)))
        trigger = self.style.trigger
        fixed = [trigger, *(names if len(names) > 1 else ())] if trigger else names
        tags = self._tags(cut, names)
        core = sorted(filter(self._is_core, tags), key=lambda tag: tag not in _COUNTS)
        rest = [tag for tag in tags if not self._is_core(tag)]
        written = [", ".join(filter(None, map(self._written, part))) for part in (fixed, [*core, *rest])]
        joint = f" {self.style.separator} " if self.style.separator else ", "
        return joint.join(filter(None, written))

    def _tags(self, cut: Cut, names: Sequence[str]) -> list[str]:
        decided = [_decided(one) for one in cut.sightings]
        given = [tag for tag in self._given(cut) if self._holds(tag, decided)]
        stated = {trait for tag in given for trait in self._meanings.get(tag, ())}
        added = [] if any(attribute == "gender" for attribute, _ in stated) else _counts(decided)
        traits = dict.fromkeys(trait for one in decided for trait in self._addable(one, cut))
        added += [self._tag_of(trait) for trait in traits if trait not in stated]
        unwanted = {*names, *(hint for one in cut.sightings for hint in one.hints), *self._unwanted(cut)}
        return [tag for tag in dict.fromkeys([*added, *given]) if tag not in unwanted]

    def _given(self, cut: Cut) -> Iterator[str]:
        """Tags that came with the picture, or that a tagger gave; of a part only what tells of this sighting alone."""
        if cut.part == "head":
            return
        if cut.sample.tags and (cut.part == "whole" or len(cut.sample.sightings) == 1):
            yield from self.split(cut.sample.tags)
        else:
            yield from (tag for one in cut.sightings for tag, score in one.tags if score >= LEAST_SCORE)

    def _holds(self, tag: str, decided: Sequence[Mapping[str, tuple[str, ...]]]) -> bool:
        """False where a tag states something that the values of all sightings deny."""
        meanings = self._meanings.get(tag, ())
        return (
            not meanings
            or not decided
            or any(
                all(label in one.get(attribute, (label,)) for attribute, label in meanings if self._one_of(attribute))
                for one in decided
            )
        )

    def _addable(self, decided: Mapping[str, tuple[str, ...]], cut: Cut) -> Iterator[Trait]:
        for attribute, labels in decided.items():
            if attribute in UNADDED or attribute not in self.vocabulary:
                continue
            if cut.part != "head" or self.vocabulary[attribute].part == "head":
                yield from ((attribute, label) for label in labels)

    def _unwanted(self, cut: Cut) -> set[str]:
        """The tags of pruned traits, unless another sighting of the picture has the trait and is not known by name."""
        of_each = [self.pruned.get(_group(one, self.style.trigger), frozenset()) for one in cut.sightings]
        traits: set[Trait] = set().union(*of_each)
        kept = {
            (attribute, label)
            for one, pruned in zip(cut.sightings, of_each, strict=True)
            for attribute, labels in _decided(one).items()
            for label in labels
            if (attribute, label) not in pruned
        }
        gone = traits - kept
        return {tag for tag, meanings in self._meanings.items() if meanings and gone.issuperset(meanings)} | {
            self._tag_of(trait) for trait in gone
        }

    def _is_core(self, tag: str) -> bool:
        meanings = self._meanings.get(tag, ())
        return tag in _COUNTS or (bool(meanings) and all(attribute in CORE for attribute, _ in meanings))

    def _one_of(self, attribute: str) -> bool:
        return self.vocabulary[attribute].one_of

    @cached_property
    def _meanings(self) -> dict[str, tuple[Trait, ...]]:
        """What each tag of the vocabulary states."""
        found: dict[str, tuple[Trait, ...]] = {}
        for attribute in self.vocabulary.attributes:
            for label in attribute.labels:
                for tag in label.tags:
                    found[tag] = (*found.get(tag, ()), (attribute.name, label.name))
        return found

    def _tag_of(self, trait: Trait) -> str:
        attribute, name = trait
        label = next((one for one in self.vocabulary[attribute].labels if one.name == name), None)
        return tag_of(attribute, label) if label else name

    def _written(self, tag: str) -> str:
        tag = _one_line(tag).replace(",", " ")
        if separator := self.style.separator:
            tag = tag.replace(separator, " ")
        return " ".join(
            tag.split() if self.style.underscores or len(tag) <= FACE_CHARS else tag.replace("_", " ").split()
        )


def tag_of(attribute: str, label: Label) -> str:
    """The plainest tag of a label: its own name where that is one, `pink_hair`, else the name all the same."""
    if attribute in OBVIOUS and label.tags:
        return label.tags[0]
    return next((tag for tag in (label.name, f"{label.name}_hair") if tag in label.tags), label.name)


def usual_traits(cuts: Iterable[Cut], vocabulary: Vocabulary, trigger: str = "") -> dict[str, frozenset[Trait]]:
    """By identity, the lasting traits that at least USUAL of its sightings have: what its name comes to stand for."""
    seen: dict[str, Counter[str]] = {}
    having: dict[str, Counter[Trait]] = {}
    lasting = {*CORE, "accessories"} - {"gender"}
    for cut in cuts:
        for one in cut.sightings:
            if group := _group(one, trigger):
                decided = {a: labels for a, labels in _decided(one).items() if a in lasting and a in vocabulary}
                seen.setdefault(group, Counter()).update(decided.keys())
                traits = ((attribute, label) for attribute, labels in decided.items() for label in labels)
                having.setdefault(group, Counter()).update(traits)
    return {
        group: frozenset(
            trait
            for trait, count in having[group].items()
            if (of := seen[group][trait[0]]) >= LEAST_SIGHTINGS and count >= USUAL * of
        )
        for group in seen
    }


USUAL = 0.8  # the share of an identity's sightings that makes a trait its own; the rest are changes of dress
LEAST_SIGHTINGS = 3  # below, nothing is usual yet
_COUNTS = {"solo", *(f"{n}{who}" for n in range(1, 6) for who in ("girl", "girls", "boy", "boys", "other", "others"))}


def _counts(decided: Sequence[Mapping[str, tuple[str, ...]]]) -> list[str]:
    genders = Counter(labels[0] for one in decided if (labels := one.get("gender")))
    tags = [
        f"{min(count, 5)}{COUNTED[gender]}{'s' * (count > 1)}" for gender, count in genders.items() if gender in COUNTED
    ]
    return [*tags, "solo"] if len(decided) == 1 and tags else tags


def _decided(sighting: Sighting) -> dict[str, tuple[str, ...]]:
    return {value.attribute: value.labels for value in sighting.values if value.decided}


def _names(sighting: Sighting) -> tuple[str, ...]:
    """Its identity, else the characters that its tags name."""
    return (sighting.identity,) if sighting.identity else sighting.hints


def _group(sighting: Sighting, trigger: str) -> str:
    """Under which name its traits are counted: a trigger word stands for everybody nobody named."""
    return sighting.identity or trigger


def _text(cut: Cut) -> str:
    captions = [one.caption for one in cut.sightings if one.caption]
    return _one_line(" ".join(captions) or (cut.sample.text or "" if cut.part == "whole" else ""))


def _one_line(words: str) -> str:
    return " ".join(words.split())
