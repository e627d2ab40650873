"""Zipped inside a folder by a program that writes backslashes."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(f"model\\{name}", "{}")
    return path
