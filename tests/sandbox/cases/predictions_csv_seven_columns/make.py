"""Seven columns."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("0.1,0.1,0.1,0.1,0.1,0.1,0.4\n" * 10_000)
    return path
