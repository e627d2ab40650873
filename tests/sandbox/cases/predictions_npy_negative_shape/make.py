"""A negative dimension."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path
