"""Large models that see and speak: questions on what is still open, answers held to the vocabulary."""

from kyara.extractors.vlm.extractor import VlmExtractor

__all__ = ["VlmExtractor"]
