"""A TensorFlow Lite model."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(100))
    return path
