"""Two thousand million units."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(dense("wide", 2**31)))
    return path
