"""A hundred thousand brackets."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.json"
    path.write_text("[" * 100_000)
    return path
