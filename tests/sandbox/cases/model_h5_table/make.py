"""An HDF5 file of something else."""

from pathlib import Path

from sandbox.cases.keras_files import HDF5_START


def make(folder: Path) -> Path:
    path = folder / "table.h5"
    path.write_bytes(HDF5_START)
    return path
