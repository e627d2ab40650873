"""The header names a last column that is empty in each row."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = ["id,label", *(f"{i}," for i in range(10_000))]
    path.write_text("\n".join(lines) + "\n")
    return path
