"""Three columns, the first of them no index."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = (f"{2 * i},{i + 1},{i % 10}" for i in range(10_000))
    path.write_text("\n".join([",ImageId,Label", *rows]) + "\n")
    return path
