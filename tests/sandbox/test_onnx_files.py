"""Participants' ONNX files through the whole pipeline, with real runners."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.predictor import Examples, Limits, Predicted, Predictor
from onnx_files import dense, honest, node, port, tensor, weights
from unit.prediction.onnx_files.hostile import CASES

EXPORTED = Path(__file__).parents[1] / "unit" / "prediction" / "onnx_files" / "exported"
EXAMPLES = 64


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    folder = tmp_path_factory.mktemp("examples")
    images, labels = folder / "images.npy", folder / "labels.npy"
    rng = np.random.default_rng(0)
    np.save(images, rng.integers(0, 256, (EXAMPLES, 28, 28), np.uint8))
    np.save(labels, rng.integers(0, 10, EXAMPLES, np.uint8))
    return Examples(images, EXAMPLES, DIGITS, images, labels)


def run(pool: RunnerPool, file: Path, examples: Examples) -> Predicted:
    predictor = Predictor(pool, file.parent, Limits(50_000_000, 16_000_000, 50_000_000))
    cancelled = threading.Event()
    return predictor.run_until_decided(file, examples, preprocessing="0-1", cancelled=cancelled)


def refused(pool: RunnerPool, folder: Path, content: bytes, examples: Examples) -> Rejection:
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(Rejection) as found:
        run(pool, folder / "model.onnx", examples)
    return found.value


def expanded(*lengths: int) -> bytes:
    """A model that makes so many numbers of each image on the way."""
    nodes = [
        node("Expand", ["one", "to"], ["many"]),
        node("ReduceSum", ["many"], ["sum"], keepdims=0),
        node("Add", ["x", "sum"], ["z"]),
        *dense("z"),
    ]
    arrays = [tensor("one", np.ones(1, np.float32)), tensor("to", np.array(lengths))]
    return honest(nodes=nodes, tensors=[*weights(), *arrays])


class TestHonestFiles:
    @pytest.mark.parametrize("name", ["viewing-newer", "remembering-older", "attending-single"])
    def test_are_scored(
        self, lane_pool: RunnerPool, tmp_path: Path, examples: Examples, name: str
    ) -> None:
        copied = tmp_path / "model.onnx"
        copied.write_bytes((EXPORTED / f"{name}.onnx").read_bytes())
        found = run(lane_pool, copied, examples)
        assert found.predictions.classes.shape == (EXAMPLES,)
        assert found.receipt["engine"] == "onnxruntime"
        assert found.receipt["parameters"] > 0
        # What TensorFlow is to look at; it can't read these.
        assert "graph" not in found.receipt


class TestHostileFiles:
    @pytest.mark.parametrize("name", ["numbers in /etc/passwd", "a loop", "a circle"])
    def test_never_reach_a_runner(
        self, lane_pool: RunnerPool, tmp_path: Path, examples: Examples, name: str
    ) -> None:
        content, code = CASES[name]
        assert refused(lane_pool, tmp_path, content, examples).code == code

    def test_that_want_all_memory_get_none(
        self, lane_pool: RunnerPool, tmp_path: Path, examples: Examples
    ) -> None:
        bomb = expanded(1 << 20, 1 << 20)
        assert refused(lane_pool, tmp_path, bomb, examples).code == "out_of_memory"

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (honest(nodes=[node("Reshape", ["x", "b"], ["z"]), *dense("z")]), "load_failed"),
            (honest(inputs=[port("x", [None, 9])]), "input_shape"),
            (honest(nodes=[node("Flatten", ["x"], ["y"], axis=1)]), "output_shape"),
            (honest(nodes=[*dense()[:2], node("Log", ["logits"], ["y"])]), "non_finite"),
        ],
    )
    def test_that_cannot_be_computed_are_told_so_in_their_words(
        self, lane_pool: RunnerPool, tmp_path: Path, examples: Examples, content: bytes, code: str
    ) -> None:
        found = refused(lane_pool, tmp_path, content, examples)
        assert found.code == code
        assert "Keras" not in found.detail
        assert "keras" not in found.hint.lower()


class TestWithoutOnnxRuntime:
    def test_says_what_to_install(
        self, pool: RunnerPool, tmp_path: Path, examples: Examples
    ) -> None:
        found = refused(pool, tmp_path, honest(), examples)
        assert found.code == "needs_onnxruntime"
        assert "pip install" in found.hint
