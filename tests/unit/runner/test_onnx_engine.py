"""What a runner of ONNX Runtime refuses of a Keras file, as TensorFlow's does."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from heldout_runner.onnx_engine import CUDA, PROCESSOR, OnnxEngine, providers
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


class TestProviders:
    """By documentation: no GPU was at hand."""

    @pytest.mark.parametrize("device", ["cpu", "auto"])
    def test_are_the_processor_unless_a_gpu_is_asked_for(self, device: str) -> None:
        assert providers(device, 0, [CUDA, PROCESSOR]) == [PROCESSOR]

    def test_are_the_processor_where_cuda_is_not_built_in(self) -> None:
        assert providers("gpu", 0, [PROCESSOR]) == [PROCESSOR]

    def test_are_cuda_first_as_exact_as_the_processor_and_within_its_memory(self) -> None:
        (name, options), second = providers("gpu:1", 1 << 30, [CUDA, PROCESSOR])
        assert (name, second) == (CUDA, PROCESSOR)
        assert options["use_tf32"] == 0
        assert options["gpu_mem_limit"] == 1 << 30
        assert "device_id" not in options  # CUDA_VISIBLE_DEVICES has picked it


def test_says_that_the_processor_stood_in(tmp_path: Path) -> None:
    engine = OnnxEngine("gpu", 1)
    job = Job(str(saved(tmp_path, np.zeros(3))), "", (3,), 0, 100)
    engine.load(job, Inputs(np.zeros((2, 4), np.float32)))
    assert engine.device == "cpu"
