"""An integer of 5,000 digits."""

import json
from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    text = json.dumps(classifier()).replace('"units": 10', '"units": ' + "9" * 5_000)
    archive(path, text)
    return path
