"""Millions of blank lines between a few labels."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"7\n\n" * 5_000_000)
    return path
