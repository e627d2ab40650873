"""A hundred thousand brackets."""

from pathlib import Path

from sandbox.cases.keras_files import archive


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, "[" * 100_000)
    return path
