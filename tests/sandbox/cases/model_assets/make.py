"""A member that a lookup layer would read."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), extra={"assets/layers/lookup/vocabulary.txt": "a"})
    return path
