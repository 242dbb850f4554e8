"""Our own small networks, as files: ONNX, numbers a run needs (TOML), a model card each, and a licence of their own.

There is no code here: `weights` finds the files, `extractors/builtin.py` and `detect/` read them, `training/builtin/`
makes them.
"""
