"""Kaggle'\''s file with its header read as a row."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("7\n" * 28_001)
    return path
