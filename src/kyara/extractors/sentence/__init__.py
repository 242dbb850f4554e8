"""The sentence extractor: zero-shot text by the likeness of its clauses to the vocabulary's phrases.

clauses.py (a passage → clauses) → encoder.py (texts → unit vectors, pooling.py) · phrases.py (vocabulary → texts,
encoded once) → likeness.py (cosines → chances).
"""

from kyara.extractors.sentence.extractor import SentenceExtractor

__all__ = ["SentenceExtractor"]
