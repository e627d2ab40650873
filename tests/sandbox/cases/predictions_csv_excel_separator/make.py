"""Excel is told the separator by the first line."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i};{i % 10}" for i in range(10_000)]
    path.write_text("\r\n".join(["sep=;", "id;label", *rows]), newline="")
    return path
