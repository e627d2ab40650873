"""A mark of UTF-16 before something else."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"\xff\xfe" + b"7\n" * 10_000 + b"7")
    return path
