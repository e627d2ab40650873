"""A tar archive."""

import tarfile
from pathlib import Path


def make(folder: Path) -> Path:
    path, table = folder / "p.tar", folder / "p.csv"
    table.write_bytes(b"7\n" * 10_000)
    with tarfile.open(path, "w") as archive:
        archive.add(table, "p.csv")
    return path
