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
from numpy.typing import NDArray

from heldout_runner.protocol import Job
from heldout_server.prediction.keras_archive import WeightsLayout
from sandbox.cases import keras_files
from sandbox.cases.model_h5_hard_sigmoid.make import recurrent_weights
from scored_jobs import Scored, repacked, run_in_lane, run_jobs

CASES = Path(__file__).parent / "cases"
OLDER = ("model_h5_keras_2", "model_h5_keras_2_named_keras", "model_keras_2_upgraded")
COUNTED_ONCE, HARD_SIGMOID = "model_tf_keras_2_14", "model_h5_hard_sigmoid"
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


def sample_images() -> NDArray[np.float64]:
    """(40, 28, 28) from 0 to 1, the same each time."""
    return np.random.default_rng(7).integers(0, 256, (40, 28, 28), np.uint8) / 255


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def hard_sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return (0.2 * values + 0.5).clip(0, 1)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    """Every model of these tests but the real ones."""
    folder = tmp_path_factory.mktemp("older")
    images = folder / "images.npy"
    np.save(images, np.random.default_rng(7).integers(0, 256, (40, 28, 28), np.uint8))
    files = {}
    for name in (*OLDER, COUNTED_ONCE, HARD_SIGMOID):
        (folder / name).mkdir()
        files[name] = repacked(case(name, folder / name), folder)
    files[WINDOWS] = with_names(folder, WINDOWS, "layers\\dense\\vars/")
    files[DEPENDENCIES] = with_names(
        folder, DEPENDENCIES, "_layer_checkpoint_dependencies\\dense/vars/"
    )
    files[TWICE] = with_names(folder, TWICE, "layers\\dense/vars/", "layers/dense/vars/")
    files[UNKNOWN] = with_names(folder, UNKNOWN, "layers/dense/vars/", layout="keras-9")
    return {name: Job(str(at), str(images), (10,), 0, 10_000) for name, at in files.items()}


@pytest.fixture(scope="module")
def of_tensorflow(jobs: dict[str, Job]) -> dict[str, Scored]:
    """All of them, run once."""
    return dict(zip(jobs, run_jobs(jobs.values()), strict=True))


@pytest.fixture(scope="module")
def of_the_lane(jobs: dict[str, Job]) -> dict[str, Scored]:
    """The same by ONNX Runtime."""
    return dict(zip(jobs, run_in_lane(jobs.values()), strict=True))


@pytest.fixture(params=["of_tensorflow", "of_the_lane"])
def scored(request: pytest.FixtureRequest) -> dict[str, Scored]:
    """By either engine."""
    found: dict[str, Scored] = request.getfixturevalue(request.param)
    return found


class TestLegacyWeights:
    @pytest.mark.parametrize("name", [*OLDER, WINDOWS, DEPENDENCIES])
    def test_reach_their_layers(self, scored: dict[str, Scored], name: str) -> None:
        logits = sample_images().reshape(-1, 784) @ KERNEL + BIAS
        assert scored[name].code == "scored", scored[name].header.detail
        assert scored[name].values == pytest.approx(softmax(logits), abs=1e-5)

    def test_reach_three_like_layers_that_were_counted_once(
        self, scored: dict[str, Scored]
    ) -> None:
        values = sample_images().reshape(-1, 784)
        for number, units in enumerate((784, 12, 12)):
            if number:
                values = values.clip(0)
            kernel, bias = keras_files.dense_weights(units, 10 if number == 2 else 12, seed=number)
            values = values @ kernel + bias
        assert scored[COUNTED_ONCE].code == "scored", scored[COUNTED_ONCE].header.detail
        assert scored[COUNTED_ONCE].values == pytest.approx(softmax(values), abs=1e-5)

    def test_are_refused_when_a_name_is_there_twice(self, of_tensorflow: dict[str, Scored]) -> None:
        assert of_tensorflow[TWICE].code == "weights_invalid"

    def test_are_refused_in_an_unknown_layout(self, of_tensorflow: dict[str, Scored]) -> None:
        assert of_tensorflow[UNKNOWN].code == "load_failed"

    @pytest.mark.parametrize("name", [TWICE, UNKNOWN, HARD_SIGMOID])
    def test_are_left_to_keras_where_they_are_not_plain(
        self, of_the_lane: dict[str, Scored], name: str
    ) -> None:
        assert of_the_lane[name].code == "unsupported"


class TestHardSigmoid:
    def test_is_computed_as_keras_2_did(self, of_tensorflow: dict[str, Scored]) -> None:
        kernel, recurrent_kernel, bias = recurrent_weights()
        hidden = cell = np.zeros((40, 10))
        for row in np.moveaxis(sample_images(), 1, 0):
            gates = row @ kernel + hidden @ recurrent_kernel + bias
            enter, forget, new, leave = np.split(gates, 4, axis=1)
            cell = hard_sigmoid(forget) * cell + hard_sigmoid(enter) * np.tanh(new)
            hidden = hard_sigmoid(leave) * np.tanh(cell)
        assert of_tensorflow[HARD_SIGMOID].code == "scored", of_tensorflow[
            HARD_SIGMOID
        ].header.detail
        assert of_tensorflow[HARD_SIGMOID].values == pytest.approx(hard_sigmoid(hidden), abs=1e-5)


def known_scores(shared_data: Path) -> dict[str, float]:
    """By file: the accuracy that the file's own Keras reached on images from 0 to 1, in percent."""
    folder = shared_data / "models"
    indexes = [json.loads((folder / name).read_text()) for name in ("INDEX.json", "INDEX-2.json")]
    known = {e["file"]: e["acc_255"] for index in indexes for e in index if e["acc_255"]}
    return known


@pytest.fixture(scope="module")
def mnist(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, NDArray[np.uint8]]:
    """The test images as a runner gets them, and their labels."""
    images = tmp_path_factory.mktemp("mnist") / "images.npy"
    with np.load(shared_data / "mnist.npz") as arrays:
        np.save(images, arrays["x_test"])
        return images, arrays["y_test"]


def percent_right(result: Scored, labels: NDArray[np.uint8]) -> float:
    assert result.code == "scored", result.header.detail
    return round(100 * float((result.labels == labels).mean()), 2)


def test_real_models_score_what_their_own_keras_reached(
    shared_data: Path, mnist: tuple[Path, NDArray[np.uint8]], tmp_path: Path
) -> None:
    """To the hundredth of a percent."""
    known, (images, labels) = known_scores(shared_data), mnist
    files = [repacked(shared_data / "models" / name, tmp_path) for name in known]
    results = run_jobs(Job(str(file), str(images), (10,), 0, 1_000_000) for file in files)
    reached = dict(zip(known, (percent_right(r, labels) for r in results), strict=True))
    assert reached == known


def test_real_models_score_the_same_in_the_lane(
    shared_data: Path, mnist: tuple[Path, NDArray[np.uint8]], tmp_path: Path
) -> None:
    known, (images, labels) = known_scores(shared_data), mnist
    files = [repacked(shared_data / "models" / name, tmp_path) for name in known]
    results = run_in_lane(Job(str(file), str(images), (10,), 0, 1_000_000) for file in files)
    taken = {n: r for n, r in zip(known, results, strict=True) if r.code != "unsupported"}
    assert {name: percent_right(result, labels) for name, result in taken.items()} == {
        name: known[name] for name in taken
    }
    assert len(taken) > len(known) / 2


def test_a_real_model_of_colour_images_gets_the_one_channel_three_times(
    shared_data: Path, mnist: tuple[Path, NDArray[np.uint8]], tmp_path: Path
) -> None:
    """It was trained on raw pixels."""
    images, labels = mnist
    upload = next((shared_data / "models").glob("2-170_*"))
    job = Job(
        str(repacked(upload, tmp_path)), str(images), (10,), 0, 1_000_000, preprocessing="0-255"
    )
    assert percent_right(run_jobs([job])[0], labels) == 98.14
