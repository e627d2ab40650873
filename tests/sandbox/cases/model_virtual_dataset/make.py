"""A dataset that maps another file."""

import io
from pathlib import Path

import h5py
import numpy as np

from sandbox.cases.keras_files import archive, classifier, weights


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    content = io.BytesIO(weights())
    with h5py.File(content, "a") as file:
        group = file.create_group("layers/dense/vars")
        layout = h5py.VirtualLayout((784, 10), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "x", (784, 10))
        group.create_virtual_dataset("0", layout)
        group["1"] = np.zeros(10, np.float32)
    archive(path, classifier(), content.getvalue())
    return path
