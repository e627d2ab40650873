"""The environment of the process that runners are forked from."""

from __future__ import annotations

from pathlib import Path

import pytest

from heldout_runner.protocol import ZygoteOptions
from heldout_server.prediction.zygote_process import cleaned_environment

LIMIT = 1000


def options(device: str) -> ZygoteOptions:
    return ZygoteOptions(
        server=1, device=device, threads=2, images_folder="/i", fixture_folder="/f",
        first_user=52_000, memory_bytes=LIMIT, cpu_seconds=10,
    )  # fmt: skip


class TestCleanedEnvironment:
    def test_holds_no_setting_and_no_secret(self) -> None:
        given = {"PATH": "/bin", "HELDOUT_DATABASE_URL": "postgres://x", "AWS_SECRET": "y"}
        cleaned = cleaned_environment(given, options("cpu"), Path("/scratch"))
        assert cleaned["PATH"] == "/bin"
        assert cleaned["HOME"] == "/nonexistent"
        assert cleaned["ORT_DISABLE_TELEMETRY"] == "1"
        assert not {"HELDOUT_DATABASE_URL", "AWS_SECRET"} & set(cleaned)

    @pytest.mark.parametrize(
        ("device", "visible"), [("cpu", "-1"), ("gpu:3", "3"), ("gpu", "0,1"), ("auto", "0,1")]
    )
    def test_picks_the_gpu(self, device: str, visible: str) -> None:
        given = {"CUDA_VISIBLE_DEVICES": "0,1"}
        cleaned = cleaned_environment(given, options(device), Path("/scratch"))
        assert cleaned["CUDA_VISIBLE_DEVICES"] == visible
