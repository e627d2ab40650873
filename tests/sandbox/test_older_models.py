"""Models of older Keras versions give what they gave then."""

from __future__ import annotations

import importlib.util
import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from heldout_runner.protocol import Job
from heldout_server.prediction.keras_archive import WeightsLayout
from sandbox.cases import keras_files
from scored_jobs import Scored, repacked, run_jobs

CASES = Path(__file__).parent / "cases"
OLDER = ("model_h5_keras_2", "model_h5_keras_2_named_keras", "model_keras_2_upgraded")
WINDOWS, DEPENDENCIES, UNKNOWN, TWICE = "windows", "dependencies", "unknown layout", "twice"
MODEL = keras_files.sequential(
    keras_files.image_input(784), keras_files.dense("dense", 10, "softmax")
)
KERNEL, BIAS = keras_files.dense_weights(784, 10)


def case(name: str, folder: Path) -> Path:
    spec = importlib.util.spec_from_file_location(name, CASES / name / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.make(folder)
    assert isinstance(made, Path)
    return made


def with_names(folder: Path, name: str, *paths: str, layout: str = WeightsLayout.KERAS_2) -> Path:
    """A repacked archive whose weights stand under each of `paths`."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for path in paths:
            file[f"{path}0"], file[f"{path}1"] = KERNEL, BIAS
        file["optimizer/vars/0"] = np.zeros(3, np.float32)
    target = folder / f"{name}.keras"
    with zipfile.ZipFile(target, "w") as archive:
        metadata = {"keras_version": "2.13.1", "weights_layout": layout}
        archive.writestr("metadata.json", json.dumps(metadata))
        archive.writestr("config.json", json.dumps(MODEL))
        archive.writestr("model.weights.h5", content.getvalue())
    return target


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scored]:
    """Every model of these tests but the real ones, run once."""
    folder = tmp_path_factory.mktemp("older")
    images = folder / "images.npy"
    np.save(images, np.random.default_rng(7).integers(0, 256, (40, 28, 28), np.uint8))
    files = {}
    for name in OLDER:
        (folder / name).mkdir()
        files[name] = repacked(case(name, folder / name), folder)
    files[WINDOWS] = with_names(folder, WINDOWS, "layers\\dense\\vars/")
    files[DEPENDENCIES] = with_names(
        folder, DEPENDENCIES, "_layer_checkpoint_dependencies\\dense/vars/"
    )
    files[TWICE] = with_names(folder, TWICE, "layers\\dense/vars/", "layers/dense/vars/")
    files[UNKNOWN] = with_names(folder, UNKNOWN, "layers/dense/vars/", layout="keras-9")
    jobs = [Job(str(path), str(images), 10, 0, 10_000) for path in files.values()]
    return dict(zip(files, run_jobs(jobs), strict=True))


class TestLegacyWeights:
    @pytest.mark.parametrize("name", [*OLDER, WINDOWS, DEPENDENCIES])
    def test_reach_their_layers(self, scored: dict[str, Scored], name: str) -> None:
        images = np.random.default_rng(7).integers(0, 256, (40, 28, 28), np.uint8)
        logits = images.reshape(-1, 784) / 255 @ KERNEL + BIAS
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        assert scored[name].code == "scored", scored[name].header.detail
        assert scored[name].values == pytest.approx(
            odds / odds.sum(axis=1, keepdims=True), abs=1e-5
        )

    def test_are_refused_when_a_name_is_there_twice(self, scored: dict[str, Scored]) -> None:
        assert scored[TWICE].code == "weights_invalid"

    def test_are_refused_in_an_unknown_layout(self, scored: dict[str, Scored]) -> None:
        assert scored[UNKNOWN].code == "load_failed"


def test_real_models_score_what_is_known_of_them(shared_data: Path, tmp_path: Path) -> None:
    """Accuracy to the hundredth of a percent: where Keras 3 loads a file, and where we do."""
    index = json.loads((shared_data / "models" / "INDEX.json").read_text())
    loadable = [entry for entry in index if entry["layers"]]
    with np.load(shared_data / "mnist.npz") as mnist:
        np.save(tmp_path / "images.npy", mnist["x_test"])
        labels = mnist["y_test"]
    files = [repacked(shared_data / "models" / entry["file"], tmp_path) for entry in loadable]
    images = str(tmp_path / "images.npy")
    results = run_jobs(Job(str(file), images, 10, 0, 1_000_000) for file in files)
    reached = [round(100 * float((r.labels == labels).mean()), 2) for r in results]
    known = [e["acc_255"] if e["keras3"] == "ok" else e["rescued_keras3_acc"] for e in loadable]
    assert reached == known
