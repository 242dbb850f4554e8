"""What a word does in a sentence, as bits of an int; a word may do several things.

Plain ints in a module: an IntFlag costs ten times as much a test, and these tests are most of the reading.
"""

SENTENCE = 1 << 0
CLAUSE = 1 << 1
COMMA = 1 << 2
JOINER = 1 << 3
DETERMINER = 1 << 4
INDEFINITE = 1 << 5
POSSESSIVE = 1 << 6
COPULA = 1 << 7
CLOSED = 1 << 8
MODIFIER = 1 << 9
OTHER_NOUN = 1 << 10
PERSON = 1 << 11
PLURAL = 1 << 12
KIN = 1 << 13
HE = 1 << 14
SHE = 1 << 15
THEY = 1 << 16
OBJECT = 1 << 17
SUBJECT = 1 << 18
NUMBER = 1 << 19
OTHERS = 1 << 20
FIRSTS = 1 << 21
EVERYONE = 1 << 22
NOBODY = 1 << 23
LEFT = 1 << 24
RIGHT = 1 << 25
PART = 1 << 26
COMPOUND = 1 << 27
BREAKER = 1 << 28
VERB = 1 << 29
DENIES = 1 << 30
REMOVES = 1 << 31
UNREAL = 1 << 32
HEDGED = 1 << 33
OPTIONAL = 1 << 34
RESTORES = 1 << 35
HARMLESS = 1 << 36
IGNORED = 1 << 37
DENIED = 1 << 38

PRONOUN = HE | SHE | THEY
SOMEBODY = PERSON | PRONOUN
ENDING = SENTENCE | CLAUSE
STOPPING = SENTENCE | CLAUSE | COMMA
LINKING = JOINER | COMMA
