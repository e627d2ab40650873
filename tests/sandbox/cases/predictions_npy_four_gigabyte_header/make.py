"""A header that claims 4 GB."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    path.write_bytes(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}")
    return path
