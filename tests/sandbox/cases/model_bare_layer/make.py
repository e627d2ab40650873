"""A layer instead of a model."""

from pathlib import Path

from sandbox.cases.keras_files import archive, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, dense("dense", 10))
    return path
