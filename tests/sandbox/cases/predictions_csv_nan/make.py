"""NaN as text."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = [str(i % 10) for i in range(10_000)]
    lines[3] = "NaN"
    path.write_text("\n".join(lines))
    return path
