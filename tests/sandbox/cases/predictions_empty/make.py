"""Nothing."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"")
    return path
