"""One row is missing."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("0\n" * 9_999)
    return path
