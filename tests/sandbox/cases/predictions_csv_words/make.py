"""Labels as words."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("seven\n" * 10_000)
    return path
