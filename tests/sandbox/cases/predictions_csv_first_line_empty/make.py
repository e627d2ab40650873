"""The first prediction is missing."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("\n" + "7\n" * 9_999)
    return path
