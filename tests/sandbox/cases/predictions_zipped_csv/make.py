"""A CSV inside a zip."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("predictions.csv", "7\n" * 10_000)
    return path
