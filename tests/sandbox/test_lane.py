"""Runners of ONNX Runtime: the same sandbox and numbers, and what they leave to TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.runner import NotKnownHere
from sandboxed import IMAGES, predicted

FAMILIES = ["mlp", "cnn", "normalized", "lstm", "two_branches"]


class TestHonestModels:
    def test_get_what_tensorflow_gives_them(self, lane_pool: RunnerPool, models: Path) -> None:
        for family in FAMILIES:
            outside = np.fromfile(models / f"{family}.f4", np.float32).reshape(IMAGES, -1)
            found = predicted(lane_pool, models, family)
            np.testing.assert_allclose(found.values, outside, rtol=1e-4, atol=1e-6)
            assert (found.values.argmax(axis=1) == outside.argmax(axis=1)).all()

    def test_come_with_measurements(self, lane_pool: RunnerPool, models: Path) -> None:
        header = predicted(lane_pool, models, "mlp").header
        assert (header.engine, header.device) == ("onnxruntime", "cpu")
        assert header.onnxruntime_version
        assert (header.keras_version, header.tensorflow_version) == ("", "")
        assert header.parameters == 784 * 64 + 64 + 64 * 10 + 10


class TestOtherModels:
    @pytest.mark.parametrize("name", ["two_inputs", "named_outputs", "memory_bomb"])
    def test_are_left_to_tensorflow(self, lane_pool: RunnerPool, models: Path, name: str) -> None:
        with pytest.raises(NotKnownHere):
            predicted(lane_pool, models, name)

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("wide_input", "input_shape"),
            ("five_outputs", "output_shape"),
            ("not_a_number", "non_finite"),
            ("too_many_parameters", "model_too_large"),
        ],
    )
    def test_are_refused_as_tensorflows_runners_do(
        self, lane_pool: RunnerPool, models: Path, name: str, code: str
    ) -> None:
        with pytest.raises(Rejection) as refused:
            predicted(lane_pool, models, name)
        assert refused.value.code == code


class TestSandbox:
    def test_holds_every_probe(self, lane_pool: RunnerPool) -> None:
        results = lane_pool.self_test(thorough=True)
        assert [result for result in results if not result.contained] == []
        assert {result.engine for result in results} == {"onnxruntime"}
        names = {result.name for result in results}
        assert {"read_with_onnxruntime", "read_secret", "bomb_memory"} <= names

    def test_its_runners_take_little_memory(self, lane_pool: RunnerPool) -> None:
        with lane_pool.bare_runner() as runner:
            assert private_kilobytes(runner.pid) < 15 << 10


def private_kilobytes(pid: int) -> int:
    """What only this process has in memory."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
