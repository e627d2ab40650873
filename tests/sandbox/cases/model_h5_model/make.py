"""A whole model as .h5, by its looks."""

from pathlib import Path

from sandbox.cases.keras_files import HDF5_START


def make(folder: Path) -> Path:
    path = folder / "model.h5"
    path.write_bytes(HDF5_START + b"model_config layer_names")
    return path
