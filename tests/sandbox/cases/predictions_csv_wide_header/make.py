"""More names than columns."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = [str(i % 10) for i in range(10_000)]
    path.write_text("\n".join(["id,label", *lines]))
    return path
