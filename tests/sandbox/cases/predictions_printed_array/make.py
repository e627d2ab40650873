"""What print(array) shows."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.txt"
    path.write_text("[7 2 1 ... 4 5 6]\n")
    return path
