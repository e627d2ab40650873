"""A header in Latin-1."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i + 1},{i % 10}" for i in range(10_000)]
    path.write_bytes("\n".join(["Num\xe9ro,Label", *rows]).encode("latin-1"))
    return path
