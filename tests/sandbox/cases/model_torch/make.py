"""A PyTorch file."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", "x")
    return path
