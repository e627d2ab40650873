"""A name of five thousand characters."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(dense("d" * 5_000, 10)))
    return path
