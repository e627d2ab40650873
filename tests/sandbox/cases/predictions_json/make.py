"""JSON."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.json"
    path.write_text("[" + ", ".join(["7"] * 10_000) + "]")
    return path
