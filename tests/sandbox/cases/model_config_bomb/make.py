"""A small file whose config unpacks to 64 MB."""

import zipfile
from pathlib import Path

from sandbox.cases.keras_files import archive


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, " " * 64_000_000, compression=zipfile.ZIP_DEFLATED)
    return path
