"""pandas writes its index under an empty name."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i},{i % 10}" for i in range(10_000)]
    path.write_text("\n".join([",0", *rows]) + "\n")
    return path
