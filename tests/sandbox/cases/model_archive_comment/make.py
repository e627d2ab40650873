"""A second archive hidden in the comment."""

import zipfile
from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    with zipfile.ZipFile(path, "a") as file:
        file.comment = path.read_bytes()
    return path
