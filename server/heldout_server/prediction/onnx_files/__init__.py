"""A participant's ONNX file: read by our own small reader, checked, and written anew by us.

Pure Python throughout. What isn't known is refused, and nothing of the file but numbers, names of
operators and short words of their settings gets into what ONNX Runtime reads.
"""
