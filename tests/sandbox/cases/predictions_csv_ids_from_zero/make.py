"""Ids from 0, no header."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i},{i % 10}" for i in range(10_000)]
    path.write_text("\n".join(rows))
    return path
