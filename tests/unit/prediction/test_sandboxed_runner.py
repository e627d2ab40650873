from __future__ import annotations

from pathlib import Path

import pytest

from heldout_runner.protocol import ZygoteOptions
from heldout_server.prediction.runner_folders import PoolFolder
from heldout_server.prediction.runner_verdicts import device_warning
from heldout_server.prediction.selftest import ProbeResult, skipped
from heldout_server.prediction.zygote_process import Protection, cleaned_environment

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
        assert not {"HELDOUT_DATABASE_URL", "AWS_SECRET"} & set(cleaned)

    @pytest.mark.parametrize(
        ("device", "visible"), [("cpu", "-1"), ("gpu:3", "3"), ("gpu", "0,1"), ("auto", "0,1")]
    )
    def test_picks_the_gpu(self, device: str, visible: str) -> None:
        given = {"CUDA_VISIBLE_DEVICES": "0,1"}
        cleaned = cleaned_environment(given, options(device), Path("/scratch"))
        assert cleaned["CUDA_VISIBLE_DEVICES"] == visible


class TestDeviceWarning:
    def test_says_that_the_cpu_stood_in(self) -> None:
        assert "CPU" in (device_warning("gpu:0", "cpu") or "")

    @pytest.mark.parametrize(("wanted", "used"), [("auto", "cpu"), ("gpu", "gpu"), ("cpu", "cpu")])
    def test_is_silent_otherwise(self, wanted: str, used: str) -> None:
        assert device_warning(wanted, used) is None


class TestProbeResult:
    @pytest.mark.parametrize(
        ("expected", "outcome", "contained"),
        [
            ("refused", "refused", True),
            ("killed", "killed", True),
            ("refused", "killed", True),
            ("killed", "refused", True),
            ("stopped", "refused", False),
            ("refused", "escaped", False),
            ("refused", "unclear", False),
        ],
    )
    def test_contained(self, expected: str, outcome: str, contained: bool) -> None:
        assert ProbeResult("fork", "Fork.", expected, outcome, "").contained is contained


class TestSkipped:
    @pytest.mark.parametrize(
        ("gpu", "limits_tasks", "left_out"),
        [
            (False, True, set()),
            (False, False, {"bomb_threads"}),
            (True, True, {"claim_memory", "bomb_memory"}),
            (True, False, {"claim_memory", "bomb_memory", "bomb_threads"}),
        ],
    )
    def test_leaves_out_what_nothing_would_stop(
        self, gpu: bool, limits_tasks: bool, left_out: set[str]
    ) -> None:
        protection = Protection(
            landlock=7, seccomp=True, namespaces=False, own_users=False,
            limits_tasks=limits_tasks, gpu=gpu, notes=(), probes=(),
        )  # fmt: skip
        assert skipped(protection) == left_out


class TestPoolFolder:
    def test_gives_the_lowest_free_number_and_an_empty_folder(self) -> None:
        folder = PoolFolder()
        first, second = folder.take(own_users=False), folder.take(own_users=False)
        assert (first.number, second.number, first.user) == (0, 1, None)
        (first.folder / "model.keras").touch()
        folder.give_back(first)
        again = folder.take(own_users=False)
        assert (again.number, list(again.folder.iterdir())) == (0, [])
        folder.remove()
        assert not folder.path.exists()

    def test_shares_images_once_until_they_change(self, tmp_path: Path) -> None:
        folder = PoolFolder()
        images = tmp_path / "images.npy"
        images.write_bytes(b"one")
        shared = folder.shared_images(images)
        assert folder.shared_images(images) == shared
        images.write_bytes(b"another")
        assert folder.shared_images(images).read_bytes() == b"another"
        folder.remove()
