"""One archive after another: readers differ in which they take."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    path.write_bytes(path.read_bytes() * 2)
    return path
