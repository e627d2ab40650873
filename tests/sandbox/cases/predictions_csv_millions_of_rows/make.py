"""As many rows as fit."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"1\n" * 8_000_000)
    return path
