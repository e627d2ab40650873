"""A config larger than any honest one."""

from pathlib import Path

from sandbox.cases.keras_files import archive


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, " " * 5_000_000)
    return path
