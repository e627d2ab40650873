"""One label a line."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.txt"
    lines = [str(i % 10) for i in range(10_000)]
    path.write_text("\n".join(lines))
    return path
