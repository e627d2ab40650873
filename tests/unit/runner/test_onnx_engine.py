"""What a runner of ONNX Runtime refuses of a Keras file, as TensorFlow's does."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from heldout_runner.onnx_engine import OnnxEngine
from heldout_runner.preprocessing import Inputs
from heldout_runner.protocol import Job
from heldout_runner.refused import Refused

CONFIG = {
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 4]}},
            {"class_name": "Dense", "config": {"units": 3, "activation": "sigmoid"}},
        ]
    },
}


def saved(folder: Path, bias: np.ndarray) -> Path:
    """A model's archive as the server writes it."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = np.ones((4, 3), np.float32)
        file["layers/dense/vars/1"] = bias
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(CONFIG))
        archive.writestr("model.weights.h5", weights.getvalue())
    return folder / "model.keras"


@pytest.mark.parametrize("number", [np.nan, 1e300])
def test_refuses_numbers_that_are_none_in_single_precision(tmp_path: Path, number: float) -> None:
    """A sigmoid would hide what is stored in double precision and becomes infinite."""
    job = Job(str(saved(tmp_path, np.full(3, number))), "", (3,), 0, 100)
    with pytest.raises(Refused, match="NaN or infinite"):
        OnnxEngine("cpu", 1).load(job, Inputs(np.zeros((2, 4), np.float32)))
