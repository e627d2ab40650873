"""A header that is an expression."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    header = b"__import__('os').system('true')\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path
