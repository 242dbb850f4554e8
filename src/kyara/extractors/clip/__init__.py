"""The clip extractor: zero-shot answers from any CLIP or fixed-resolution SigLIP, by the vocabulary's prompts.

family.py (CLIP or SigLIP) · preprocess.py (pixels → network input) · prompts.py (vocabulary → texts) → tokens.py →
text.py (texts → vectors, once) · logits.py (vectors → logits → chances) · export.py (safetensors → ONNX, once).
"""

from kyara.extractors.clip.extractor import ClipExtractor

__all__ = ["ClipExtractor"]
