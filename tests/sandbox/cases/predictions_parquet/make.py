"""A Parquet table."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.parquet"
    path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    return path
