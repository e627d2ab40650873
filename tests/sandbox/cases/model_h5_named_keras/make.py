"""An .h5 file under the name .keras."""

from pathlib import Path

from sandbox.cases.keras_files import HDF5_START


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    path.write_bytes(HDF5_START + b"model_config layer_names")
    return path
