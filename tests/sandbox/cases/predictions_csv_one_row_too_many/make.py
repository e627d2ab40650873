"""A column name among the rows."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("0\n" * 10_001)
    return path
