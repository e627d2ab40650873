"""What the lane's graphs compute, against what Keras does, for every layer that it knows."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnxruntime
import pytest

from heldout_runner.lane.convert import CONVERTERS, converted

# Both compute in single precision, in another order.
CLOSEST = 2e-5


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graphs")
    script = Path(__file__).parent / "make_graphs.py"
    run = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    return folder


def computed(path: Path, x: np.ndarray) -> np.ndarray:
    """What ONNX Runtime makes of the converted file."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
    graph = converted(config, lambda at: weights[at][()] if at in weights else None, x.shape[1:])
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x})[0]


def classes(node: object) -> set[str]:
    """Every class that a config names."""
    if isinstance(node, list):
        return set().union(*map(classes, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    named = {node["class_name"]} if isinstance(node.get("class_name"), str) else set()
    return named.union(*map(classes, node.values()))


class TestConverted:
    def test_computes_what_keras_does(self, made):
        differences = {}
        for path in sorted(made.glob("*.keras")):
            kept = np.load(path.with_suffix(".npz"))
            found = computed(path, kept["x"])
            assert found.shape == kept["y"].shape, path.stem
            differences[path.stem] = np.abs(found - kept["y"]).max() / np.abs(kept["y"]).max()
        assert {name: d for name, d in differences.items() if not d < CLOSEST} == {}

    def test_every_layer_is_tried(self, made):
        tried: set[str] = set()
        for path in made.glob("*.keras"):
            with zipfile.ZipFile(path) as archive:
                tried |= classes(json.loads(archive.read("config.json")))
        # Other names of the same classes, which Keras doesn't write.
        aliases = {name for name in CONVERTERS if "Pool" in name and "Pooling" not in name}
        rest = {"ActivityRegularization", "GaussianDropout", "SpatialDropout1D", "SpatialDropout3D"}
        assert CONVERTERS.keys() - tried - aliases - rest == set()
