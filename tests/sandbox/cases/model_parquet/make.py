"""A Parquet table where a model was expected."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "predictions.parquet"
    path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    return path
