"""The head detector: scenes are put together of pictures with known heads, a small network learns to find them.

Run `python -m kyara.training.builtin.heads`. It knows nothing of faces' colours, of extractors or of the detectors that
will read its ONNX file; only the layout of a YOLOv8 output is kept, which `kyara.detect.yolo` reads.
"""
