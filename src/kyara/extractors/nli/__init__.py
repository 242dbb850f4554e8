"""The nli extractor: zero-shot answers of a network that judges whether a text entails a hypothesis (BART-MNLI).

hypotheses.py (vocabulary → sentences) → language/ (pairs → logits) → judging.py (logits → chances) · classes.py (which
logit means what).
"""

from kyara.extractors.nli.extractor import NliExtractor

__all__ = ["NliExtractor"]
