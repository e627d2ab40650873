"""HDF5 in its first bytes only."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    return path
