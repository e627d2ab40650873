"""A comma at the end of each line but the header'\''s."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = ["id,label", *(f"{i},{i % 10}," for i in range(10_000))]
    path.write_text("\n".join(lines) + "\n")
    return path
