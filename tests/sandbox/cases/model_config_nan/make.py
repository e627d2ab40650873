"""NaN, which Python's JSON accepts."""

from pathlib import Path

from sandbox.cases.keras_files import archive


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, '{"class_name": NaN}')
    return path
