"""Weights that unpack to a thousand times their size."""

import zipfile
from pathlib import Path

from sandbox.cases.keras_files import HDF5_START, archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), HDF5_START + bytes(30_000_000), compression=zipfile.ZIP_DEFLATED)
    return path
