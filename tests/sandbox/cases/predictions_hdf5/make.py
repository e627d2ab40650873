"""An .h5 file."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return path
