"""A Feather table, which is an Arrow file."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.feather"
    path.write_bytes(b"ARROW1\0\0" + bytes(100) + b"ARROW1")
    return path
