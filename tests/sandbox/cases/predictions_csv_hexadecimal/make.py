"""Hexadecimal."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = [str(i % 10) for i in range(10_000)]
    lines[3] = "0x3"
    path.write_text("\n".join(lines))
    return path
