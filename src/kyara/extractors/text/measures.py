"""Reads ages and heights: "17-year-old", "a woman of forty", "in his mid-fifties", "Age: 34", "6'4"", "180 cm".

A number counts only where the words around it say what it measures. Which ages make which label is english.toml's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from kyara.extractors.text import grammar
from kyara.extractors.text.lexicon import Lexicon
from kyara.extractors.text.mentions import Marked

SURE, LIKELY, WEAK = 0.95, 0.85, 0.7
_UNITS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_NUMBERS = {word: value for value, word in enumerate(_UNITS, 1)} | _TENS
_DECADES = {word[:-1] + "ies": value for word, value in _TENS.items()}
_NUMBER_WORDS = frozenset(_NUMBERS) | frozenset(_DECADES)
_OLD = re.compile(r"(\d{1,3})(?:yo|yrs?|y)$")
_STAGES = {"early": 2, "mid": 5, "middle": 5, "late": 8, "latter": 8}
_BEFORE = {
    "aged", "age", "ages", "turned", "turning", "turns", "yet", "nearly", "almost", "barely", "scarcely", "like",
    "past",
}  # fmt: skip
_MERELY = {"only", "just", "merely"}
_ORDINALS = {"vol", "volume", "chapter", "no", "number", "part", "book", "episode", "issue", "page", "seat"}
_PARENTS = {"mother", "father", "mum", "mom", "dad", "mama", "papa", "parent", "grandmother", "grandfather"}
_A_DAY = (["if", "he", "'s", "a"], ["if", "she", "'s", "a"])
_GROWN = 13  # smaller numbers may count children, volumes or hours
_LOOKS = {"looks", "looked", "look", "appears", "appeared", "seems", "seemed", "apparent", "physically"}
_ABOUT = {
    "about", "around", "approximately", "approx", "roughly", "some", "maybe", "perhaps", "be", "is", "of", "to", "old",
    "'s",
}  # fmt: skip
_UNITS_OF_OTHERS = {
    "cm", "kg", "ft", "foot", "feet", "lbs", "pounds", "m", "km", "am", "pm", "%", "metres", "meters", "metre", "meter",
    "inches", "years", "times", "of",
}  # fmt: skip
_BEING = {"is", "was", "'s", "forever", "i'm", "hes", "shes"}
_DIGIT = re.compile(r"[0-9]")
_FEET = re.compile(r"(\d)'(\d{1,2})?$")
_CM_PER_INCH = 2.54


class Measure(NamedTuple):
    """One label read off a number: tokens `start` … `end` - 1; `apparent` ages ("looks 25") outweigh true ones."""

    attribute: str
    value: float
    score: float
    start: int
    end: int
    apparent: bool = False


def ages(marked: Marked, numeric: list[int], lexicon: Lexicon) -> list[Measure]:
    """The ages a text gives, in years; `numeric` are its numerals."""
    attribute = lexicon.english["ages"]["attribute"]
    found = []
    for start, end, value, digits in _numbers(marked.tokens.words, numeric):
        years = value - (1 if start and marked.tokens.words[start - 1] in ("yet", "under") else 0)
        score, last = _age_score(marked, start, end, digits)
        if score and 0 <= years <= 120:
            apparent = any(w in _LOOKS for w in marked.tokens.words[max(0, start - 4) : start])
            found.append(Measure(attribute, years, score, start, last, apparent))
    return found


def _numbers(words: list[str], numeric: list[int]) -> Iterator[tuple[int, int, float, bool]]:
    """(start, end, value, written in digits) of every number or decade; a range counts as its middle."""
    past = 0
    for i in numeric:
        if i < past:
            continue
        value, end = _number_at(words, i)
        if value is None:
            continue
        digits = words[i][0].isdigit()
        j = end + 1 if words[end : end + 1] in (["to"], ["or"], ["and"], ["–"], ["-"]) else end
        upper, upper_end = _number_at(words, j) if j < len(words) else (None, j)
        if digits and upper is not None and value < upper <= value + 25:
            value, end = (value + upper) / 2, upper_end
        yield i, end, value, digits
        past = end


def numerals(marked: Marked) -> list[int]:
    """Where a word begins with a digit or is a number word; fast for the many texts without any."""
    words = marked.tokens.words
    if _NUMBER_WORDS.isdisjoint(words) and _DIGIT.search(marked.tokens.text) is None:
        return []
    return [i for i, word in enumerate(words) if word in _NUMBER_WORDS or "0" <= word[0] <= "9"]


def _number_at(words: list[str], i: int) -> tuple[float | None, int]:
    word = words[i]
    if word in _TENS:
        unit = _NUMBERS.get(words[i + 1]) if i + 1 < len(words) else None
        return (_TENS[word] + unit, i + 2) if unit is not None and unit < 10 else (_TENS[word], i + 1)
    if word in _NUMBERS:
        if words[i + 1 : i + 2] == ["and"] and i + 2 < len(words) and words[i + 2] in _TENS and _NUMBERS[word] < 10:
            return _NUMBERS[word] + _TENS[words[i + 2]], i + 3  # "five-and-fifty"
        return _NUMBERS[word], i + 1
    if word in _DECADES or (len(word) == 3 and word.endswith("0s") and word[0].isdigit()):
        decade = _DECADES[word] if word in _DECADES else int(word[:2]) if word[:2].isascii() else 0
        return decade + _STAGES.get(words[i - 1] if i else "", 5), i + 1
    if len(word) <= 5 and word[0].isdigit() and word.isascii():
        if word.isdigit() and len(word) <= 3:
            return int(word), i + 1
        if match := _OLD.match(word):
            return int(match[1]), i + 1
    return None, i + 1


def _age_score(marked: Marked, start: int, end: int, digits: bool) -> tuple[float, int]:
    """How surely the number is an age (0 = it is not), and where the words for it end."""
    words, count = marked.tokens.words, len(marked.tokens.words)
    after, first = words[end] if end < count else "", words[start]
    before = words[start - 1] if start else ""
    if first in _DECADES or first.endswith("0s"):
        sure = first not in _DECADES or before in _STAGES or marked.roles(start - 1) & grammar.POSSESSIVE
        return (LIKELY if sure else 0), end
    if _OLD.match(first) or after in ("yo", "y"):
        return SURE, end
    if after in ("year", "years", "yr", "yrs"):
        return _years(marked, end + 1)
    if after == "ish":
        return LIKELY, end + 1
    if _counts_things(marked, start, end):
        return 0, end
    if words[end : end + 4] in _A_DAY or words[max(0, start - 2) : start] == ["to", "play"]:
        return LIKELY, end
    i = start - 1
    while i >= 0 and (words[i] in _ABOUT or words[i] in _LOOKS or (words[i] in (":", "-", "(") and i)):
        described = words[i] == "of" and _adjective(marked, i - 1) and _closes(marked, end)
        if described or (words[i] == "of" and marked.roles(i - 1) & grammar.PERSON):
            return SURE, end
        if (words[i] in _LOOKS and _closes(marked, end)) or (words[i] in _BEING and _stops(marked, end)):
            return LIKELY, end
        i -= 1
    clear = words[i] not in ("like", "past") or _closes(marked, end)
    if i >= 0 and words[i] in _BEFORE and clear and _no_unit(marked, end):
        return SURE, end
    been = words[start - 2] if before in _MERELY and start > 1 else before
    if (been in _BEING or before in ("at", "than")) and _closes(marked, end):
        return LIKELY, end
    opened = i < 0 or before == "(" or (before == ":" and _lists(marked, end))
    opened = opened or (bool(marked.roles(i) & grammar.STOPPING) and words[i] != ":")
    plausible = 3 <= _plain(first) <= 99 if digits else len(first) > 5 or i < start - 1
    return (WEAK if opened and plausible and _stops(marked, end) and _no_unit(marked, end) else 0), end


def _counts_things(marked: Marked, start: int, end: int) -> bool:
    """True of "Vol. 3", "(2) Bram", "past two", "mother of three": small numbers that count something else."""
    words = marked.tokens.words
    before = words[max(0, start - 2) : start]
    if before[-1:] and (before[-1] in _ORDINALS or (before[-1] == "." and before[0] in _ORDINALS)):
        return True
    small = end == start + 1 and (_NUMBERS.get(words[start]) or _plain(words[start])) < _GROWN
    if not small or not before:
        return False
    marker = before[-1] == "(" and (start == 1 or bool(marked.roles(start - 2) & grammar.ENDING))
    return marker or before[-1] == "past" or (before[-1] == "of" and before[0] in _PARENTS)


def _adjective(marked: Marked, i: int) -> bool:
    return i >= 0 and marked.at[i] >= 0 and bool(marked.mentions[marked.at[i]].form.words)


def _lists(marked: Marked, i: int) -> bool:
    """True where a comma and a describing word follow: "with a twist: 31, Japanese"."""
    if not marked.roles(i) & grammar.COMMA or i + 1 >= len(marked.at) or marked.at[i + 1] < 0:
        return False
    form = marked.mentions[marked.at[i + 1]].form
    return bool(form.words or form.states)


def _plain(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() else 0


def _years(marked: Marked, i: int) -> tuple[float, int]:
    """After "17 years": "old" or "of age" make it an age, unless a thing is that old."""
    words = marked.tokens.words
    if words[i : i + 2] == ["of", "age"]:
        return SURE, i + 2
    if words[i : i + 1] != ["old"]:
        return 0, i
    thing = i + 1 < len(words) and marked.at[i + 1] < 0 and words[i + 1].isalpha() and _heads_nothing(marked, i + 1)
    return (0 if thing else SURE), i + 1


def _heads_nothing(marked: Marked, i: int) -> bool:
    """True where no person word follows the unknown word within its phrase: "40 year old bridge behind"."""
    for k in range(i + 1, min(i + 3, len(marked.at))):
        roles = marked.roles(k)
        if roles & grammar.PERSON:
            return False
        if roles & (grammar.CLOSED | grammar.SENTENCE | grammar.COMMA):
            break
    return not marked.tokens.capital(i)


def _stops(marked: Marked, i: int) -> bool:
    return i >= len(marked.at) or bool(marked.roles(i) & grammar.STOPPING)


def _closes(marked: Marked, i: int) -> bool:
    return _stops(marked, i) or bool(marked.roles(i) & (grammar.CLOSED | grammar.JOINER | grammar.SUBJECT))


def _no_unit(marked: Marked, i: int) -> bool:
    return i >= len(marked.at) or marked.tokens.words[i] not in _UNITS_OF_OTHERS


def heights(marked: Marked, numeric: list[int]) -> list[Measure]:
    """The heights a text gives, in centimetres; `numeric` are its numerals, and the caller judges by gender."""
    words, found = marked.tokens.words, []
    for i in numeric:
        centimetres, end = _height_at(words, i)
        if 110 <= centimetres <= 260:
            found.append(Measure("", centimetres, LIKELY, i, end))
    return found


def _height_at(words: list[str], i: int) -> tuple[float, int]:
    word = words[i]
    if match := _FEET.match(word):
        return (int(match[1]) * 12 + int(match[2] or 0)) * _CM_PER_INCH, i + 1
    following = words[i + 1] if i + 1 < len(words) else ""
    if word.endswith("cm") and word[:-2].isascii() and word[:-2].isdigit():
        return float(word[:-2]), i + 1
    if following == "cm" and word.isascii() and word.isdigit() and len(word) < 4:
        return float(word), i + 2
    if following in ("metres", "meters", "metre", "meter") and word in ("two", "2"):
        return 200, i + 2
    feet = int(word[0]) if word[0] in "34567" and word[1:] in ("ft", "'") else None
    if feet is None and following in ("ft", "foot", "feet"):
        feet, i = (_NUMBERS.get(word, _plain(word) if len(word) == 1 else 0)), i + 1
    if not feet or feet > 8:
        return 0, i + 1
    after = words[i + 1] if i + 1 < len(words) else ""
    inches = _NUMBERS.get(after, _plain(after.removesuffix("in")) if len(after) < 5 else 0)
    return (feet * 12 + inches) * _CM_PER_INCH if inches < 12 else 0, i + (2 if inches else 1)


def age_label(years: float, table: dict[str, Any]) -> str | None:
    """The label whose range of whole years holds `years`."""
    return next((label for label, (low, high) in table.items() if low <= int(years) <= high), None)


def height_label(centimetres: float, gender: str, table: dict[str, Any]) -> str | None:
    """`short`, `tall` or None (neither) for a person of `gender` (male, female or unknown)."""
    low, high = table[gender]
    if centimetres < low:
        return str(table["short"])
    return str(table["tall"]) if centimetres >= high else None
