"""All labels in one line."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text(",".join(str(i % 10) for i in range(10_000)) + "\n")
    return path
