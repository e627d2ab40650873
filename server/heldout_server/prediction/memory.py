"""How much memory the zygote and its runners take together."""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from pathlib import Path

_KIBIBYTE = 1024
_PRIVATE = ("Private_Clean:", "Private_Dirty:")


def used_bytes(zygote: int, runners: Iterable[int]) -> int:
    """The zygote's whole memory, and of each runner what it doesn't share. Processes may end."""
    return _resident_bytes(zygote) + sum(private_bytes(runner) for runner in runners)


def private_bytes(process: int) -> int:
    """Memory that a process shares with no other.

    Only root may ask the kernel for it; for others it is what the process has resident beyond
    mapped files, which counts pages shared with the zygote too.
    """
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return _resident_bytes(process, shared=False)
    lines = (line.split() for line in rollup.splitlines()[1:])
    return sum(int(line[1]) * _KIBIBYTE for line in lines if line[0] in _PRIVATE)


def _resident_bytes(process: int, *, shared: bool = True) -> int:
    try:
        pages = [int(word) for word in Path(f"/proc/{process}/statm").read_text().split()]
    except OSError:
        return 0
    return (pages[1] - (0 if shared else pages[2])) * mmap.PAGESIZE
