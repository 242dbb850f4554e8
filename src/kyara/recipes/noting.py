"""The step behind extraction: notes on odd pictures from tags, taggers and pixels, and what each note leads to.

Pixels are measured through the cache, by the decode the others share. A note's detail holds its evidence by source:
"tags: 4koma; pixels: 4 panels". It knows what is to be done about a kind, not how a kind is told (`noting/`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kyara.cache.looking import Remembered
from kyara.extractors.tags.syntax import clean, split
from kyara.flow import Opened, View
from kyara.noting.page import read, shown, stretched
from kyara.noting.tags import tags_of_notes
from kyara.recipes.attempts import Attempts, without
from kyara.records import Note, NoteKind, Reason, Sample, Sighting, Skip
from kyara.settings import PATIENCE, FailureSettings

STEP = "note"
REMEMBERED = 65_536  # raw tags that give no note, before all are forgotten
_WHOLE = (Sighting(),)
Evidence = tuple[NoteKind, str]  # a kind, and the words it rests on with their source


class Noting:
    """Notes on described samples. Safe to call from several threads."""

    def __init__(
        self,
        said: bool,
        pixels: Remembered | None,
        actions: Mapping[str, str],
        patience: FailureSettings = PATIENCE,
    ) -> None:
        """`said`: whether tags are read; `pixels`: a remembered PageLooking, None for none; `actions` by kind."""
        self.pixels = pixels
        self.attempts = Attempts(f"{STEP} pixels", patience)
        self._said = said
        self._actions = actions
        self._dull: set[str] = set()  # raw tags that give no note

    def __call__(self, opened: Sequence[Opened], samples: Sequence[Sample]) -> list[Sample]:
        """`samples` (of `opened`, in order) with their notes; those of an unwanted kind with a Skip."""
        if self.pixels is None:
            if not self._said and not self._actions:
                return list(samples)
            return [self._noted(sample, ()) for sample in samples]
        wanted = [i for i, item in enumerate(opened) if item.picture is not None and samples[i].skip is None]
        views = [View(replace(samples[i], sightings=_WHOLE), 0, opened[i].picture) for i in wanted]
        seen = dict(zip(wanted, self.attempts(self.pixels.raws, views), strict=True))
        noted = []
        for i, sample in enumerate(samples):
            raw = seen.get(i)
            if isinstance(raw, Skip):
                noted.append(self._noted(without(sample, raw), ()))
            else:
                found = () if raw is None else [(kind, f"pixels: {why}") for kind, why in shown(read(raw)).items()]
                noted.append(self._noted(sample, found))
        return noted

    def _noted(self, sample: Sample, seen: Iterable[Evidence]) -> Sample:
        if sample.skip is not None:
            return sample
        found: dict[NoteKind, str] = {}
        for kind, why in (*(self._tagged(sample) if self._said else ()), *seen):
            found[kind] = f"{found[kind]}; {why}" if kind in found else why
        if not found and not (self._actions and sample.notes):
            return sample
        notes = [*sample.notes, *(Note(kind, why) for kind, why in found.items())]
        return self._acted(sample, notes) if self._actions else replace(sample, notes=tuple(notes))

    def _tagged(self, sample: Sample) -> Iterator[Evidence]:
        """What tags, a tagger and the size say outright."""
        if sample.tags:
            yield from _gathered("tags", self._telling(sample.tags))
        for sighting in sample.sightings:
            if sighting.tags:
                known = tags_of_notes()
                yield from _gathered("tagger", [(known[tag], tag) for tag, _ in sighting.tags if tag in known])
                break  # a tagger says the same kinds of every figure: once is enough
        if size := stretched(sample.width, sample.height):
            yield NoteKind.EXTREME_ASPECT, f"size: {size}"

    def _telling(self, tags: str) -> list[tuple[NoteKind, str]]:
        """The tags of a string that give a note, as meant. Nearly all are known to say nothing and cost no loop."""
        pieces = split(tags)
        if not (rest := set(pieces) - self._dull):
            return []
        known = {piece: _kind(piece) for piece in rest}
        if len(self._dull) >= REMEMBERED:
            self._dull = set()
        self._dull.update([piece for piece, kind in known.items() if kind is None])
        return [kind for piece in pieces if (kind := known.get(piece))]

    def _acted(self, sample: Sample, notes: Sequence[Note]) -> Sample:
        kept = tuple([note for note in notes if self._actions.get(note.kind) != "off"])
        review = [note.kind.value for note in kept if self._actions.get(note.kind) == "review"]
        if review:
            kept = (*kept, Note(NoteKind.REVIEW, ", ".join(review)))
        for note in kept:
            if self._actions.get(note.kind) == "skip":
                skip = Skip(STEP, Reason.UNWANTED, f"{note.kind.value}: {note.detail}")
                return replace(sample, notes=kept, sightings=(), skip=skip)
        return replace(sample, notes=kept)


def _gathered(source: str, said: Iterable[tuple[NoteKind, str]]) -> list[Evidence]:
    found: dict[NoteKind, list[str]] = {}
    for kind, tag in said:
        found.setdefault(kind, []).append(tag)
    return [(kind, f"{source}: {', '.join(dict.fromkeys(tags))}") for kind, tags in found.items()]


def _kind(piece: str) -> tuple[NoteKind, str] | None:
    """The note a raw piece of a tag string gives, and the tag as meant."""
    tag, category = clean(piece)
    tag = f"rating:{tag}" if category == "rating" else tag
    kind = tags_of_notes().get(tag)
    return (kind, tag) if kind else None
