"""Files of real exporters: read, written anew, and computed as where they were made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heldout_runner.lane.wire import Message
from heldout_runner.onnx_engine import OnnxEngine
from heldout_runner.preprocessing import Inputs
from heldout_runner.protocol import Job
from heldout_runner.refused import Refused
from heldout_server.prediction.file_kinds import kind_of
from heldout_server.prediction.model_file import checked_model
from heldout_server.prediction.onnx_files.checking import inspect_onnx
from heldout_server.prediction.onnx_files.writing import written
from onnx_files import (
    DOUBLE,
    INT64,
    dense,
    graph,
    honest,
    model,
    node,
    opset,
    port,
    tensor,
    weights,
)

EXPORTED = Path(__file__).parent / "exported"
GIVEN = json.loads((EXPORTED / "given.json").read_text())
ML = "ai.onnx.ml"


def outputs(file: Path, inputs: Any, folder: Path) -> Any:
    """What ONNX Runtime gives for the inputs, as a runner asks it."""
    checked = checked_model(file, limit_bytes=10**6, most_parameters=10**6, input_shapes="")
    checked.write(folder / "model.keras")
    given = Inputs(np.ascontiguousarray(inputs))
    job = Job(str(folder / "model.keras"), "", (10,), 0, 10**6)
    as_they_are = "0-255" if given.type == "uint8" else "none"
    return OnnxEngine("cpu", 1).load(job, given)(given, as_they_are)


def made(content: bytes, inputs: Any, folder: Path) -> Any:
    (folder / "model.onnx").write_bytes(content)
    return outputs(folder / "model.onnx", inputs, folder)


def images(*shape: int) -> Any:
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def expected(x: Any) -> Any:
    """What the honest file gives for images."""
    kernel = np.random.default_rng(0).normal(size=(784, 10)).astype(np.float32) / 28
    logits = x.reshape(len(x), -1) @ kernel + np.arange(10, dtype=np.float32)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class TestExportedFiles:
    @pytest.mark.parametrize("name", GIVEN)
    def test_give_what_they_gave_at_home(self, name: str, tmp_path: Path) -> None:
        told = GIVEN[name]
        shape = (told.get("count", 3), *told["shape"])
        x = np.random.default_rng(0).normal(size=shape).astype(np.float32)[:3]
        found = outputs(EXPORTED / f"{name}.onnx", x, tmp_path)
        np.testing.assert_allclose(found, np.array(told["gives"]), rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize("name", GIVEN)
    def test_are_known_as_models(self, name: str) -> None:
        assert kind_of(EXPORTED / f"{name}.onnx") == "model"


class TestWhatIsWritten:
    def test_computes_the_same(self, tmp_path: Path) -> None:
        x = images(5, 28, 28)
        np.testing.assert_allclose(made(honest(), x, tmp_path), expected(x), rtol=1e-4)

    def test_has_no_name_of_the_files(self, tmp_path: Path) -> None:
        secret = "<script>"
        nodes = [node("Identity", ["x"], [secret]).text(3, secret), *dense(secret)]
        (tmp_path / "model.onnx").write_bytes(honest(nodes=nodes))
        checked = inspect_onnx(tmp_path / "model.onnx", most_parameters=10**6, input_shapes="")
        assert secret.encode() not in written(checked.plan).encoded()
        assert checked.config["config"]["parameters"] == 7_850

    def test_leaves_out_what_does_not_lead_to_the_output(self, tmp_path: Path) -> None:
        unknown = node("Frobnicate", ["x"], ["aside"], "com.example")
        x = images(2, 28, 28)
        found = made(honest(nodes=[unknown, *dense()]), x, tmp_path)
        np.testing.assert_allclose(found, expected(x), rtol=1e-4)

    def test_drops_nothing_where_training_would(self, tmp_path: Path) -> None:
        nodes = [
            node("Constant", [], ["half"], value_float=0.5),
            node("Constant", [], ["training"], value=tensor("", np.array(True))),
            node("Dropout", ["x", "half", "training"], ["z"]),
            *dense("z"),
        ]
        x = images(2, 28, 28)
        found = made(honest(nodes=nodes), x, tmp_path)
        np.testing.assert_allclose(found, expected(x), rtol=1e-4)

    def test_takes_float32_where_the_model_takes_doubles(self, tmp_path: Path) -> None:
        nodes = [node("Cast", ["x"], ["z"], to=1), *dense("z")]
        x = images(2, 28, 28)
        inputs = [port("x", [None, 28, 28], DOUBLE)]
        found = made(honest(nodes=nodes, inputs=inputs), x, tmp_path)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected(x), rtol=1e-4)

    def test_takes_older_files_that_name_arrays_as_inputs(self, tmp_path: Path) -> None:
        inputs = [port("x", [None, 28, 28]), port("w", [784, 10]), port("b", [10])]
        x = images(2, 28, 28)
        np.testing.assert_allclose(made(honest(inputs=inputs), x, tmp_path), expected(x), rtol=1e-4)

    def test_scores_a_classifiers_probabilities_and_not_its_labels(self, tmp_path: Path) -> None:
        nodes = [*dense(), node("ArgMax", ["y"], ["label"], axis=1, keepdims=0)]
        outputs = [port("label", [None], INT64), port("y", [None, 10])]
        x = images(2, 28, 28)
        found = made(honest(nodes=nodes, outputs=outputs), x, tmp_path)
        np.testing.assert_allclose(found, expected(x), rtol=1e-4)

    def test_reads_numbers_that_stand_one_by_one(self, tmp_path: Path) -> None:
        to = Message().integer(1, 2).integer(2, INT64).text(8, "to")
        to.integer(7, -1).integer(7, 784)  # int64_data in the place of raw bytes
        nodes = [node("Reshape", ["x", "to"], ["z"]), *dense("z")]
        x = images(2, 28, 28)
        found = made(honest(nodes=nodes, tensors=[*weights(), to]), x, tmp_path)
        np.testing.assert_allclose(found, expected(x), rtol=1e-4)

    def test_of_every_opset_runs(self, tmp_path: Path) -> None:
        x = images(2, 28, 28)
        for version in range(13, 24):
            content = model(graph(dense(), weights()), [opset(version), opset(1, ML)])
            np.testing.assert_allclose(made(content, x, tmp_path), expected(x), rtol=1e-4)

    def test_of_an_older_opset_runs_where_no_operator_of_it_is_used(self, tmp_path: Path) -> None:
        linear = node("LinearRegressor", ["x"], ["y"], ML, coefficients=[1.0, 2.0], targets=1)
        content = model(
            graph([linear], inputs=[port("x", [None, 2])], outputs=[port("y", [None, 1])]),
            [opset(9), opset(1, ML)],
        )
        x = images(3, 2)
        np.testing.assert_allclose(made(content, x, tmp_path), x @ [[1.0], [2.0]], rtol=1e-4)


class TestShapes:
    def test_a_fixed_batch_is_filled_up(self, tmp_path: Path) -> None:
        content = honest(inputs=[port("x", [4, 28, 28])])
        x = images(7, 28, 28)
        np.testing.assert_allclose(made(content, x, tmp_path), expected(x), rtol=1e-4)

    def test_a_fixed_batch_must_come_out_as_it_went_in(self, tmp_path: Path) -> None:
        # Twice as many rows: the first three of them would be of the first two examples.
        nodes = [*dense()[:2], node("Concat", ["logits", "logits"], ["y"], axis=0)]
        with pytest.raises(Refused) as refused:
            made(honest(nodes=nodes, inputs=[port("x", [2, 28, 28])]), images(3, 28, 28), tmp_path)
        assert refused.value.code == "output_shape"

    @pytest.mark.parametrize("shape", [(784,), (1, 28, 28), (28, 28, 1), (None, 28, 28)])
    @pytest.mark.parametrize("pixels", [False, True])
    def test_of_an_image_may_be_any_of_the_usual(
        self, shape: tuple[int | None, ...], pixels: bool, tmp_path: Path
    ) -> None:
        content = honest(inputs=[port("x", [None, *shape])])
        x = np.arange(3 * 784).reshape(3, 28, 28) % 2 if pixels else images(3, 28, 28)
        x = x.astype(np.uint8) if pixels else x
        np.testing.assert_allclose(made(content, x, tmp_path), expected(x), rtol=1e-4)

    def test_with_channels_first_are_turned(self, tmp_path: Path) -> None:
        content = model(
            graph(
                [node("Flatten", ["x"], ["y"], axis=1)], inputs=[port("x", [None, 3, 4, 5])],
                outputs=[port("y", [None, 60])],
            )
        )  # fmt: skip
        x = images(2, 4, 5, 3)
        found = made(content, x, tmp_path)
        np.testing.assert_array_equal(found, np.moveaxis(x, -1, 1).reshape(2, -1))

    def test_of_three_channels_get_the_grey_one_in_each(self, tmp_path: Path) -> None:
        content = model(
            graph(
                [node("ReduceMax", ["x", "axes"], ["y"], keepdims=0)],
                [tensor("axes", np.array([2, 3]))],
                inputs=[port("x", [None, 3, 28, 28])], outputs=[port("y", [None, 3])],
            )
        )  # fmt: skip
        x = np.arange(2 * 784).reshape(2, 28, 28).astype(np.uint8)
        assert made(content, x, tmp_path).shape == (2, 3)

    def test_that_do_not_fit_are_refused(self, tmp_path: Path) -> None:
        content = honest(inputs=[port("x", [None, 32, 32])])
        with pytest.raises(Refused) as refused:
            made(content, images(2, 28, 28), tmp_path)
        assert refused.value.code == "input_shape"


class TestWhatCannotBeComputed:
    def test_is_a_verdict(self, tmp_path: Path) -> None:
        content = honest(nodes=[node("Reshape", ["x", "b"], ["z"]), *dense("z")])
        with pytest.raises(Refused) as refused:
            made(content, images(2, 28, 28), tmp_path)
        assert refused.value.code == "load_failed"

    def test_also_where_only_the_values_show_it(self, tmp_path: Path) -> None:
        nodes = [node("Reshape", ["x", "to"], ["z"]), *dense("z")]
        tensors = [*weights(), tensor("to", np.array([3, 3, 3]))]
        inputs = [port("x", [None, None, None])]
        with pytest.raises(Refused) as refused:
            made(honest(nodes=nodes, tensors=tensors, inputs=inputs), images(2, 28, 28), tmp_path)
        assert refused.value.code == "load_failed"
