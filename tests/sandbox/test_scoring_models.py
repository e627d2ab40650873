"""Honest models give the same numbers inside as outside; others get their own words."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.runner import Cancelled
from sandboxed import predicted

FAMILIES = ["mlp", "cnn", "normalized", "lstm", "two_branches"]


class TestHonestModels:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_predict_bit_by_bit_what_they_do_outside(
        self, pool: RunnerPool, models: Path, family: str
    ) -> None:
        outside = (models / f"{family}.f4").read_bytes()
        assert predicted(pool, models, family).values.tobytes() == outside

    def test_come_with_measurements(self, pool: RunnerPool, models: Path) -> None:
        result = predicted(pool, models, "mlp")
        header = result.header
        assert header.device == "cpu"
        assert header.parameters == 784 * 64 + 64 + 64 * 10 + 10
        assert 0 < result.load_seconds < 20
        assert 0 < result.predict_seconds < 20
        assert header.keras_version.startswith("3.")


class TestUnfitModels:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("wide_input", "input_shape"),
            ("two_inputs", "input_shape"),
            ("five_outputs", "output_shape"),
            ("named_outputs", "output_shape"),
            ("not_a_number", "non_finite"),
            ("too_many_parameters", "model_too_large"),
            ("memory_bomb", "out_of_memory"),
            ("endless", "timeout"),
        ],
    )
    def test_are_refused_with_their_code(
        self, pool: RunnerPool, models: Path, name: str, code: str
    ) -> None:
        with pytest.raises(Rejection) as refused:
            predicted(pool, models, name)
        assert (refused.value.code, refused.value.detail.isprintable()) == (code, True)

    def test_garbage_is_refused(self, pool: RunnerPool, models: Path) -> None:
        (models / "garbage.keras").write_bytes(b"\0" * 1000)
        with pytest.raises(Rejection) as refused:
            predicted(pool, models, "garbage")
        assert refused.value.code == "weights_invalid"


class TestCancelling:
    def test_ends_the_job_at_once(self, pool: RunnerPool, models: Path) -> None:
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(Cancelled):
            predicted(pool, models, "endless", cancelled)
