"""A number that overflows to infinity."""

import json
from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    text = json.dumps(classifier()).replace('"units": 10', '"units": 1e999')
    archive(path, text)
    return path
