"""Tells tags from sentences in a caption file, where both occur, often in one line. Looks at form; knows no tag list.

One piece (no comma, one line): tags when a word is shaped like a tag (`long_hair`, `1girl`, `(smile:1.2)`) or it is a
single word, else text: `black hair blue eyes` is read as English. Several pieces: sentence by sentence. Text begins at
the first piece with a small word (`a`, `her`, `is`, `with`) where from there on such words are an eighth or more; the
pieces in front of it are tags if they are four or more, or one is shaped like a tag. A sentence without small words
is tags unless it begins with a capital and ends in a full stop. `Hair: brown, Eyes: hazel` is text.
"""

from __future__ import annotations

import re

_SMALL_WORDS = (
    "a an and are as be been being but has have had he her hers him his i is its it my she that their them they there "
    "these this was wearing wears were which while who whose with you your"
)
_SMALL = re.compile(rf"(?<![\w'’-])(?:{'|'.join(_SMALL_WORDS.split())})(?![\w-])", re.IGNORECASE)
_SENTENCE_END = re.compile(r"""(?<=[.!?])\s+(?=["'“‘(]?[A-Z0-9])|(?<=[。！？])|[\r\n]+""")
_FULL_STOP = re.compile(r"""\w{2,}\.["'”’)]*$|[。！？]$""")
_SEPARATOR = re.compile(r"[,，、|\r\n]+")
_TAG_SHAPED = re.compile(r"\w_|_\w|^\d\+?(?:girl|boy|other)s?$|\\\(|\(.+:\d|^BREAK$|^<.+>$")
_FIELD = re.compile(r"[A-Z][\w /]{0,24}(?::| [-=–])\s")
_BRACKETED = re.compile(r"\\?\([^()]*\)")
_SHARE = 1 / 8
_TAG_RUN = 4


def split(caption: str) -> tuple[str | None, str | None]:
    """The tags and the text in a caption, each None where there is none of it. Order is kept within each."""
    content = caption.strip()
    pieces = _pieces(content)
    if len(pieces) <= 1:
        return (content or None, None) if _single_is_tags(content) else (None, content)
    if sum(bool(_FIELD.match(piece)) for piece in pieces) > 1:
        return None, content
    parted = [_parted(sentence.strip()) for sentence in _SENTENCE_END.split(content)]
    tags, text = ([part for part in parts if part] for parts in zip(*parted, strict=True))
    return ", ".join(tags) or None, " ".join(text) or None


def _pieces(sentence: str) -> list[str]:
    return [piece.strip() for piece in _SEPARATOR.split(sentence) if piece.strip()]


def _single_is_tags(content: str) -> bool:
    words = content.split()
    return (len(words) < 2 and not _FULL_STOP.search(content)) or any(map(_TAG_SHAPED.search, words))


def _parted(sentence: str) -> tuple[str, str]:
    """(tags, text) of one sentence or line: all of it one or the other, or tags in front of text."""
    pieces = _pieces(sentence)
    start = _prose_start(sentence, pieces)
    if start == len(pieces):
        return sentence.strip(" ,"), ""
    front = pieces[:start]
    if len(front) >= _TAG_RUN or any(_TAG_SHAPED.search(piece) for piece in front):
        return ", ".join(front), sentence[sentence.index(pieces[start], _end_of(front, sentence)) :]
    return "", sentence


def _end_of(front: list[str], sentence: str) -> int:
    end = 0
    for piece in front:
        end = sentence.index(piece, end) + len(piece)
    return end


def _prose_start(sentence: str, pieces: list[str]) -> int:
    """The index of the first piece that is text, `len(pieces)` where none is."""
    if _SMALL.search(sentence):
        small = [len(_SMALL.findall(_BRACKETED.sub("", piece))) for piece in pieces]
        start = next((i for i, n in enumerate(small) if n), len(pieces))
        found, words = sum(small[start:]), sum(len(piece.split()) for piece in pieces[start:])
        if found > (start > 0) and found >= _SHARE * words:
            return start
    stops = _FULL_STOP.search(sentence) and not sentence[0].islower()
    return 0 if stops and " " in pieces[-1] and not any(map(_TAG_SHAPED.search, sentence.split())) else len(pieces)
