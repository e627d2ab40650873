"""A gzip archive."""

import gzip
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv.gz"
    path.write_bytes(gzip.compress(b"7\n" * 10_000))
    return path
