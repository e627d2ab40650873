"""A weights file without weights."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, weights


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), weights())
    return path
