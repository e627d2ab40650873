"""A list of probabilities in one quoted cell."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    cell = "[" + ", ".join(["0.1"] * 10) + "]"
    path.write_text("\n".join(f'{i},"{cell}"' for i in range(10_000)))
    return path
