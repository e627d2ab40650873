"""Only blanks and a byte-order mark."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_bytes(b"\xef\xbb\xbf \r\n\r\n")
    return path
