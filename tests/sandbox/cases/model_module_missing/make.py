"""A class without a module."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier({k: v for k, v in dense("d", 10).items() if k != "module"}))
    return path
