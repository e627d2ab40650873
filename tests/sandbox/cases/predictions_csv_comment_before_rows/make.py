"""A comment line, and no header."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("\n".join(["# made by train.py", *(f"{i},{i % 10}" for i in range(10_000))]))
    return path
