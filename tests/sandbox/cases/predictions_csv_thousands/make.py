"""Ids with commas of thousands, quoted."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = (f'"{i:,}",{i % 10}' if i > 999 else f"{i},{i % 10}" for i in range(10_000))
    path.write_text("\n".join(["id,label", *rows]) + "\n")
    return path
