"""A key given twice: one for the check, one for Keras."""

import json
from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    text = json.dumps(classifier()).replace('"use_bias"', '"units": 10, "use_bias"')
    archive(path, text)
    return path
