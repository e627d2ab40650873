"""Ids that start in the middle."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i + 5_000},{i % 10}" for i in range(10_000)]
    path.write_text("\n".join(["id,label", *rows]))
    return path
