"""The tagger extractor: WD taggers of the third generation, whose tags go through the vocabulary's tag map.

preparing.py (pixels → network input), tag_list.py (output → named tags), weighing.py (scores → shares); extractor.py
puts them together.
"""

from kyara.extractors.tagger.extractor import TaggerExtractor

__all__ = ["TaggerExtractor"]
