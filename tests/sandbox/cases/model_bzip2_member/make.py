"""A compression that no .keras file uses."""

import zipfile
from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), compression=zipfile.ZIP_BZIP2)
    return path
