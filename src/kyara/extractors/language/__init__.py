"""What extractors share that run a network over text: sentence and nli.

tokens.py (texts → ids) → rows.py (ids → network, by length) · export.py (safetensors → ONNX, once) · passages.py (a
text → what it says of each person) · wording.py (prompts → phrases) · kept.py (vectors of phrases on disk).
"""
