"""A member that would land outside."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), extra={"../../evil.py": "1"})
    return path
