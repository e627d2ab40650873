"""What the doctor says is scored where TensorFlow isn't installed."""

from __future__ import annotations

from importlib import metadata

import pytest

from heldout_runner.protocol import TENSORFLOW
from heldout_server.kit.settings import Settings
from heldout_server.operations import doctor


@pytest.mark.parametrize(
    ("engine", "refused"),
    [("auto", "other than plain ones"), ("onnxruntime", "other than plain"), ("tensorflow", "but")],
)
def test_plain_models_are_scored_only_where_the_lane_is_to_run(monkeypatch, engine, refused):
    monkeypatch.setattr(doctor, "is_installed", lambda name: name != TENSORFLOW)
    found = {one.subject: one for one in doctor.packages(Settings(engine=engine, device="cpu"))}
    assert refused in found["TensorFlow"].detail


def test_onnxruntime_with_cuda_is_onnxruntime(monkeypatch):
    there = metadata.version

    def version(name):
        if name == "onnxruntime":
            raise metadata.PackageNotFoundError(name)
        return "1.31.1" if name == "onnxruntime-gpu" else there(name)

    monkeypatch.setattr(metadata, "version", version)
    found = {one.subject: one for one in doctor.packages(Settings(device="cpu"))}
    assert found["Packages"].detail == "all there"
