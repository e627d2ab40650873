"""A model sent as predictions."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(name, "{}")
    return path
