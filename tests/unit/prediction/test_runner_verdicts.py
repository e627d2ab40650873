"""What is said of the device that a model ran on."""

from __future__ import annotations

import pytest

from heldout_server.prediction.runner_verdicts import device_warning


class TestDeviceWarning:
    def test_says_that_the_cpu_stood_in(self) -> None:
        assert "CPU" in (device_warning("gpu:0", "cpu", "tensorflow") or "")

    def test_says_that_onnx_runtime_looks_for_no_gpu(self) -> None:
        said = device_warning("gpu", "cpu", "onnxruntime") or ""
        assert "CPU" in said
        assert "found" not in said

    @pytest.mark.parametrize(("wanted", "used"), [("auto", "cpu"), ("gpu", "gpu"), ("cpu", "cpu")])
    def test_is_silent_otherwise(self, wanted: str, used: str) -> None:
        assert device_warning(wanted, used, "tensorflow") is None
