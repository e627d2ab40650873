"""Backslashes and a drive."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), extra={"C:\\evil.py": "1"})
    return path
