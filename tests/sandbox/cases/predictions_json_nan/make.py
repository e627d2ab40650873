"""JSON with NaN."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.json"
    path.write_text('{"predictions": [NaN]}')
    return path
