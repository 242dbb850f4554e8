"""What extractors share that run a network over text: sentence, nli, and clip/text.py.

tokens.py (texts → ids) → rows.py (ids → network, by length) · export.py (safetensors → ONNX, once) · passages.py (a
text → what it says of each person) · wording.py (prompts → phrases) · kept.py (vectors of texts on disk).
"""
