"""Layers that are text."""

from pathlib import Path

from sandbox.cases.keras_files import archive, sequential


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, sequential("Dense", "Dense"))
    return path
