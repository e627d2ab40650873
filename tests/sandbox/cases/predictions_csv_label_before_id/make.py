"""The header says which column is which."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i % 10},{i}" for i in range(10_000)]
    path.write_text("\n".join(["label,id", *rows]))
    return path
