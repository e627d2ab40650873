"""A control group for each runner, where a part of the tree was delegated to the server.

With systemd: `Delegate=yes` and `DelegateSubgroup=server`. Elsewhere runners do with their own
limits. It bounds what limits of a process can't: memory on a GPU, and files in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import structlog

log = structlog.get_logger()

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
CONTROLLERS = frozenset({"memory", "pids"})
# TensorFlow's own pages count here too, when a runner is the first to touch them.
ALLOWANCE_BYTES = 512 << 20
MOST_TASKS = 512
_FOLDER = "heldout-runner-{number}"


class RunnerGroups:
    """Groups below `parent`, one a slot; with None it does nothing."""

    def __init__(self, parent: Path | None, memory_bytes: int) -> None:
        self._parent = parent
        self._memory_bytes = memory_bytes + ALLOWANCE_BYTES
        self._kills_before: dict[int, int] = {}

    @property
    def exist(self) -> bool:
        """Whether runners get a group at all."""
        return self._parent is not None

    def enclose(self, number: int, process: int) -> None:
        """Put the runner of slot `number` into a group with limits; a failure is logged."""
        if self._parent is None:
            return
        group = self._parent / _FOLDER.format(number=number)
        try:
            group.mkdir(exist_ok=True)
            self._kills_before[number] = _kills(group)
            _write(group / "memory.max", self._memory_bytes)
            _write(group / "memory.swap.max", 0)
            _write(group / "pids.max", MOST_TASKS)
            _write(group / "cgroup.procs", process)
        except OSError as error:
            log.warning("runners.no_cgroup", reason=str(error))

    def oom_kills(self, number: int) -> int:
        """How often the kernel has killed in this group because the group itself was full.

        0 where there is no group. Ask before it is removed.
        """
        if self._parent is None:
            return 0
        group = self._parent / _FOLDER.format(number=number)
        return max(0, _kills(group) - self._kills_before.get(number, 0))

    def remove(self, number: int) -> None:
        """Remove the group of an ended runner."""
        if self._parent is not None:
            try:
                (self._parent / _FOLDER.format(number=number)).rmdir()
            except OSError as error:
                log.warning("runners.cgroup_left", reason=str(error))


def delegated(own: Path = OWN, root: Path = ROOT) -> Path | None:
    """The folder below which this process may make groups with memory and process limits."""
    return next((f for f in _candidates(own, root) if _gives_controllers(f)), None)


def _candidates(own: Path, root: Path) -> Iterator[Path]:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        if line.startswith("0::/"):
            folder = root / line.removeprefix("0::/")
            # A group with processes of its own can't share out memory: its parent may.
            yield from (folder.parent, folder)


def _gives_controllers(folder: Path) -> bool:
    control = folder / "cgroup.subtree_control"
    try:
        if not os.access(folder, os.W_OK) or not os.access(control, os.W_OK):
            return False
        if not set((folder / "cgroup.controllers").read_text().split()) >= CONTROLLERS:
            return False
        if not set(control.read_text().split()) >= CONTROLLERS:
            control.write_text(" ".join(f"+{name}" for name in sorted(CONTROLLERS)))
    except OSError:
        return False
    return True


def _kills(group: Path) -> int:
    """Kills for which the group's own limit was reached.

    `oom_kill` alone also counts victims of a shortage of the whole machine; then the group's
    `oom` stands still.
    """
    try:
        lines = (group / "memory.events").read_text().splitlines()
    except OSError:
        return 0
    counts = {name: int(number) for name, _, number in (line.partition(" ") for line in lines)}
    return min(counts.get("oom_kill", 0), counts.get("oom", 0))


def _write(file: Path, value: int) -> None:
    file.write_text(str(value))
