"""Millions of empty quoted cells."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"7\n" * 9_999 + b'""' * 7_000_000)
    return path
