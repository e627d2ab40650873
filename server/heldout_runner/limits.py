"""Resource limits of one runner: memory, processor seconds, files, threads."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

MOST_OPEN_FILES = 128
MOST_TASKS = 256
# Between the polite signal and the deadly one.
CPU_GRACE_SECONDS = 2


@dataclass(frozen=True)
class Limits:
    """What one runner may use.

    `memory_bytes` is address space beyond what the process has when the limit is set; None on a
    GPU, whose driver reserves far more than it uses. `tasks` counts the threads of a user id in
    its namespace: None where others are counted with the runner.
    """

    memory_bytes: int | None
    cpu_seconds: int
    tasks: int | None = None


def apply(limits: Limits) -> None:
    """Set the limits, soft and hard, for this process and for good."""
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_NOFILE, MOST_OPEN_FILES)
    _set(resource.RLIMIT_MEMLOCK, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    _set(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + CPU_GRACE_SECONDS)
    if limits.memory_bytes is not None:
        _set(resource.RLIMIT_AS, address_space_bytes() + limits.memory_bytes)
    if limits.tasks is not None:
        limit_tasks(limits.tasks)


def limit_tasks(tasks: int) -> None:
    """Let this process's user have so many threads and processes, in its user namespace."""
    _set(resource.RLIMIT_NPROC, tasks)


def prefer_for_oom_kill() -> None:
    """Ask the kernel to end this process first when the machine runs out of memory."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def address_space_bytes() -> int:
    """The address space of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _set(which: int, soft: int, hard: int | None = None) -> None:
    resource.setrlimit(which, (soft, soft if hard is None else hard))
