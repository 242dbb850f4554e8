"""The tags extractor: Danbooru tag strings to evidence, by the tag map of the vocabulary.

syntax.py (string → tags) → meanings.py (tag → what it means) → cast.py (for how many) → extractor.py.
"""

from kyara.extractors.tags.extractor import TagsExtractor

__all__ = ["TagsExtractor"]
