"""Something else under the name of the weights."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), b"PK\x03\x04 not weights")
    return path
