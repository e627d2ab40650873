"""A SavedModel folder in a zip."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("model/saved_model.pb", "x")
    return path
