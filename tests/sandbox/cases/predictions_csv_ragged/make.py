"""One row has a column more."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i + 1},{i % 10}" for i in range(10_000)]
    rows[77] = "78,1,0"
    path.write_text("\n".join(["ImageId,Label", *rows]))
    return path
