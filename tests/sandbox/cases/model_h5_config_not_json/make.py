"""A config that is no JSON."""

from pathlib import Path

import h5py


def make(folder: Path) -> Path:
    path = folder / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{oops"
        file.attrs["keras_version"] = "2.3.0"
    return path
