"""More than 16 MiB."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"7" * (16 * 1024 * 1024 + 1))
    return path
