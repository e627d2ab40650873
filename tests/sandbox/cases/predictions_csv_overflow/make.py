"""A number too large for a float."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("\n".join(["0,0,0,0,0,0,0,0,0,1e999"] * 10_000))
    return path
