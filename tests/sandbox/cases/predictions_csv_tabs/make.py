"""Tab-separated."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.tsv"
    rows = [f"{i + 1}\t{i % 10}" for i in range(10_000)]
    path.write_text("\n".join(["id\tlabel", *rows]))
    return path
