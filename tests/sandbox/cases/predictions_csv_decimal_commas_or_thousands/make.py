"""1,000;7: a thousand to some, and one to others."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("\n".join("1,000;2,500" for _ in range(10_000)))
    return path
