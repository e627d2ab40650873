"""Labels from 1 to 10."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("\n".join(str(i % 10 + 1) for i in range(10_000)))
    return path
