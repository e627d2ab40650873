"""UTF-16, which some JSON readers accept."""

import json
import zipfile
from pathlib import Path

from sandbox.cases.keras_files import HDF5_START, METADATA, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps(METADATA))
        file.writestr("config.json", json.dumps(classifier()).encode("utf-16"))
        file.writestr("model.weights.h5", HDF5_START)
    return path
