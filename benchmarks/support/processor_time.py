"""Processor time of processes and of what they started."""

from __future__ import annotations

import os
from pathlib import Path

from support.cluster import children

_OWN_AND_REAPED = slice(11, 15)  # utime, stime, cutime, cstime, after the name in /proc/PID/stat


def tree_seconds(pid: int) -> float:
    """CPU seconds of a process and all below it, also of those that have ended and were reaped."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = sum(int(field) for field in after_name[_OWN_AND_REAPED])
    return ticks / os.sysconf("SC_CLK_TCK") + sum(tree_seconds(child) for child, _ in children(pid))
