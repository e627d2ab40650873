"""Cells separated by |."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("".join(f"{i}|{i % 10}\n" for i in range(10_000)))
    return path
