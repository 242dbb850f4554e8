"""Says of every token whether it stands in a denied, unreal (past, wished, compared) or hedged stretch of the text.

A stretch runs from its first word to the end of its clause. Knows nothing of what is denied.
"""

from __future__ import annotations

from kyara.extractors.text import grammar
from kyara.extractors.text.mentions import Marked, Mention

STATED, DENIED, UNREAL, HEDGED = range(4)
_FARTHEST_BACK = 16  # tokens that a word such as "optional" reaches back
_BELIEVED = {"think", "thinks", "believe", "say", "said", "know", "mean", "means", "that", "if", "because", "like"}
_STARTS = grammar.DENIES | grammar.UNREAL | grammar.HEDGED | grammar.OPTIONAL | grammar.REMOVES


def polarity(marked: Marked) -> list[int]:
    """STATED, DENIED, UNREAL or HEDGED for every token."""
    found = [STATED] * len(marked.at)
    _from_to(marked, found)
    if not marked.seen & _STARTS:
        return found
    state, clause_start, seen, filled = STATED, 0, False, 0
    for k, mention in enumerate(marked.mentions):
        roles, start = mention.form.roles, mention.start
        if state:
            found[filled:start] = [state] * (start - filled)
        filled = start
        if roles & grammar.ENDING:
            state, clause_start, seen = STATED, mention.end, False
        elif roles & (grammar.HARMLESS | grammar.RESTORES):
            state = STATED
        elif roles & grammar.COMMA:
            if state and not _list_goes_on(marked, k, state, seen):
                state, seen = STATED, False
            clause_start = mention.end
        elif state == DENIED and (_he_is(marked, mention) or (seen and _starts_anew(marked, k))):
            state = STATED
        else:
            before, state = state, _started(marked, mention, state, clause_start, found)
            filled = mention.end if state != before else filled
        seen = seen or bool(mention.form.words or mention.form.states)
    if state:
        found[filled:] = [state] * (len(found) - filled)
    return found


def _started(marked: Marked, mention: Mention, state: int, clause_start: int, found: list[int]) -> int:
    """The state after a word that may open a stretch; "once" and "optional" also look back to the clause's start."""
    roles = mention.form.roles
    clause_start = max(clause_start, mention.start - _FARTHEST_BACK)
    if roles & grammar.OPTIONAL or (roles & grammar.UNREAL and _had_been(marked, clause_start, mention.start)):
        found[clause_start : mention.start] = [UNREAL] * (mention.start - clause_start)
        return UNREAL
    if roles & grammar.UNREAL:
        if _once_describing(marked, mention):
            found[mention.end] = UNREAL
            return state
        once_a = marked.tokens.words[mention.start : mention.end + 1]
        return state if once_a in (["once", "a"], ["once", "upon"]) else UNREAL
    if roles & grammar.DENIES:
        return DENIED
    if roles & grammar.REMOVES and marked.roles(mention.end) & grammar.DETERMINER:
        return DENIED
    if roles & grammar.HEDGED and not state:
        found[clause_start : mention.start] = [HEDGED] * (mention.start - clause_start)
        return HEDGED
    return state


def _once_describing(marked: Marked, mention: Mention) -> bool:
    """In "his once-black hair" and "his hair, once black, …" no more than the next word is past."""
    after = marked.at[mention.end] if mention.end < len(marked.at) else -1
    return marked.tokens.words[mention.start] == "once" and after >= 0 and bool(marked.mentions[after].form.words)


def _had_been(marked: Marked, start: int, end: int) -> bool:
    words = marked.tokens.words
    return any(words[i] in ("had", "been", "were", "was") for i in range(start, end)) and words[end] == "once"


def _starts_anew(marked: Marked, k: int) -> bool:
    return _new_statement(marked, marked.mentions[k]) or _beyond_noun(marked, k)


def _he_is(marked: Marked, mention: Mention) -> bool:
    """In "isnt ugly hes got" a new sentence begins without a stop; not so in "I don't think he's"."""
    roles = mention.form.roles
    if not roles & grammar.SUBJECT or not (roles | marked.role_of[mention.end]) & grammar.COPULA:
        return False
    return mention.start > 0 and marked.tokens.words[mention.start - 1] not in _BELIEVED


def _new_statement(marked: Marked, mention: Mention) -> bool:
    """After something was denied, "with" and an "and" before anything but a bare noun begin anew."""
    word = marked.tokens.words[mention.start]
    if word == "with":
        return True
    if word != "and":
        return False
    after = marked.at[mention.end] if mention.end < len(marked.at) else -1
    return after < 0 or bool(marked.mentions[after].form.words) or not marked.mentions[after].form.states


def _beyond_noun(marked: Marked, k: int) -> bool:
    """In "no hat grins" what adjoins the thing denied is stated again."""
    before, mention = marked.mentions[k - 1], marked.mentions[k]
    adverb = marked.tokens.words[mention.start].endswith("ly")  # "no wings sadly"
    adjoins = before.end == mention.start and bool(mention.form.states) and not adverb
    return adjoins and bool(before.form.states) and not before.form.words


def _list_goes_on(marked: Marked, comma: int, state: int, seen: bool) -> bool:
    """True where the stretch goes on behind this comma: "no hat, glasses or earrings", "As a child, he had …"."""
    if state == UNREAL:
        following = marked.tokens.words[marked.mentions[comma].end : marked.mentions[comma].end + 1]
        return not seen or following in (["who"], ["whose"])
    if state != DENIED:
        return False
    for mention in marked.mentions[comma + 1 : comma + 8]:
        word, roles = marked.tokens.words[mention.start], mention.form.roles
        if word in ("or", "nor"):
            return True
        if roles & (grammar.ENDING | grammar.VERB | grammar.SUBJECT | grammar.DENIES | grammar.POSSESSIVE) or word in (
            "and",
            "with",
            "but",
        ):
            return False
    return False


def _from_to(marked: Marked, found: list[int]) -> None:
    """In "dyed from black to pink" the colour left behind is not stated."""
    words = marked.tokens.words
    if "from" not in words:
        return
    for i, word in enumerate(words):
        if word == "from" and "to" in words[i + 1 : i + 5]:
            end = words.index("to", i + 1)
            found[i:end] = [UNREAL] * (end - i)
