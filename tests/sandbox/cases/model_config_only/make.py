"""No weights."""

import json
import zipfile
from pathlib import Path

from sandbox.cases.keras_files import METADATA, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps(METADATA))
        file.writestr("config.json", json.dumps(classifier()))
    return path
