"""Two configs: one to check, one to load."""

import warnings
from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive(path, classifier(), extra={"config.json": "{}"})
    return path
