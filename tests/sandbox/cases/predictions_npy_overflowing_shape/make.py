"""A shape whose product wraps to zero in 64 bits."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path
