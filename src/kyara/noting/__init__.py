"""Notes on odd pictures: what tags, pixels and boxes say of a picture beside who is in it, each with its evidence.

Small pure functions. The room knows no source, no cache and no settings; `recipes/noting.py` runs it after extraction.
"""
