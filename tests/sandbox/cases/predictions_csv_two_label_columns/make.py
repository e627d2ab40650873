"""Truth and prediction side by side."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i % 10},{i % 10}" for i in range(10_000)]
    path.write_text("\n".join(["y_true,y_pred", *rows]))
    return path
