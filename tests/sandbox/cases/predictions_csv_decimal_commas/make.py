"""Excel in most of Europe: 0,1;0,9."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text((";".join(["0,1"] * 10) + "\n") * 10_000)
    return path
