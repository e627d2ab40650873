"""What can be known of the GPU's rules without a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from heldout_runner.gpu import DRIVER_FOLDER, THREADS_FOLDER, device_files, is_used, with_devices
from heldout_runner.landlock import Access

NODES = ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    for name in NODES:
        (tmp_path / name).touch()
    (tmp_path / "nvidia-caps").mkdir()
    (tmp_path / "nvidia-caps" / "nvidia-cap1").touch()
    (tmp_path / "sda").touch()
    return tmp_path


class TestDeviceFiles:
    def test_are_all_of_the_driver_and_nothing_else(self, devices: Path) -> None:
        found = {Path(path).name for path in device_files(devices)}
        assert found == {*NODES, "nvidia-cap1"}


class TestIsUsed:
    @pytest.mark.parametrize("device", ["auto", "gpu", "gpu:1"])
    def test_when_wanted_or_welcome_and_there(self, devices: Path, device: str) -> None:
        assert is_used(device, devices)

    def test_not_when_the_cpu_is_wanted(self, devices: Path) -> None:
        assert not is_used("cpu", devices)

    def test_not_without_a_driver(self, tmp_path: Path) -> None:
        assert not is_used("gpu", tmp_path)


class TestWithDevices:
    def test_adds_devices_driver_and_thread_names(self, devices: Path) -> None:
        access = with_devices(Access(folders=("/usr/lib",)), devices)
        assert access.folders == ("/usr/lib", DRIVER_FOLDER)
        assert access.written_folders == (THREADS_FOLDER,)
        assert set(access.devices) == set(device_files(devices))
