"""Prose."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "readme.txt"
    path.write_text("This is my model, please score it.\n" * 50)
    return path
