"""A header of millions of empty names."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"," * 15_000_000 + b"\n" + b"7\n" * 10_000)
    return path
