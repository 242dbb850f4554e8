"""The text extractor: English free text to evidence, by rules compiled from the vocabulary.

tokens → mentions (lexicon.py) → people, negation, relations, measures → account.py → extractor.py.
"""

from kyara.extractors.text.extractor import TextExtractor

__all__ = ["TextExtractor"]
