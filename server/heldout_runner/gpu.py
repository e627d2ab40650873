"""What a runner on an NVIDIA GPU needs beyond the CPU's rules. Written from documentation.

Not run on a GPU: nobody had one at hand. CUDA starts only after the fork, in the runner itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from heldout_runner.landlock import Access

CPU = "cpu"
DRIVER_FOLDER = "/proc/driver/nvidia"
# CUDA names its threads through these files.
THREADS_FOLDER = "/proc/self/task"


def device_files(folder: Path = Path("/dev")) -> tuple[str, ...]:
    """The driver's device nodes: `nvidia0`, `nvidiactl`, `nvidia-uvm`, `nvidia-uvm-tools`…"""
    nodes = [*folder.glob("nvidia*"), *folder.glob("nvidia-caps/*")]
    return tuple(sorted(str(node) for node in nodes if not node.is_dir()))


def is_used(device: str, folder: Path = Path("/dev")) -> bool:
    """Whether models run on a GPU: one is wanted or welcome, and its driver is there."""
    return device != CPU and any(folder.glob("nvidia[0-9]*"))


def with_devices(access: Access, folder: Path = Path("/dev")) -> Access:
    """`access`, and what the driver opens."""
    return replace(
        access,
        folders=(*access.folders, DRIVER_FOLDER),
        devices=(*access.devices, *device_files(folder)),
        written_folders=(*access.written_folders, THREADS_FOLDER),
    )
