"""Percent signs."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("\n".join(["10%,10%,10%,10%,10%,10%,10%,10%,10%,10%"] * 10_000))
    return path
