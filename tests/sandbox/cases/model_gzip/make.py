"""A gzip archive."""

import gzip
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.tar.gz"
    path.write_bytes(gzip.compress(b"x"))
    return path
