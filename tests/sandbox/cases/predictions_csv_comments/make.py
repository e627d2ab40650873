"""Comment lines before the header and among the rows."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = ["# model 7, epoch 3", "id,label", *(f"{i},{i % 10}" for i in range(10_000)), "# end"]
    path.write_text("\n".join(lines) + "\n")
    return path
