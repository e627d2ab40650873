"""A MATLAB file."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.mat"
    text = b"MATLAB 5.0 MAT-file, Platform: posix, Created on: Sun Nov 22 12:00:00 2026"
    path.write_bytes(text.ljust(124) + b"\x00\x01IM" + bytes(64))
    return path
