"""Names of files as ids."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = (f"test_{i:05}.png,{i % 10}" for i in range(10_000))
    path.write_text("\n".join(["id,label", *rows]) + "\n")
    return path
