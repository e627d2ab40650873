"""An ONNX model."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(b"\x08\x07\x12\x07pytorch\x1a\x051.9.0" + bytes(100))
    return path
