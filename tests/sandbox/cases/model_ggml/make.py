"""A GGML model."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    path.write_bytes(b"lmgg" + bytes(50))
    return path
