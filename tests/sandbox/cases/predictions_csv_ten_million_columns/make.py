"""One line with millions of columns."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("0," * 8_000_000 + "0\n")
    return path
