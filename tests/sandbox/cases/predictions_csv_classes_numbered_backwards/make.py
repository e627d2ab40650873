"""Ten columns, numbered from 9 to 0 by the first row."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"9,8,7,6,5,4,3,2,1,0\n" + b"0,0,0,0,0,0,0,0,0,1\n" * 10_000)
    return path
