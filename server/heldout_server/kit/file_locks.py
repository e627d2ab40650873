"""Locks on whole files that end with whoever holds them, on every platform."""

from __future__ import annotations

import os
import sys
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def hold(file: IO[Any], *, waiting: bool = False) -> None:
    """Lock the open file for this process alone, until it closes it or ends.

    Raises OSError where another process has it, unless it is `waiting` for it.
    """
    if sys.platform == "win32":
        # Windows locks bytes: of an empty file, too.
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if waiting else msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX if waiting else fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_ours(owner: int) -> bool:
    """Whether this is our user's id; Windows has none, and says 0 of every file."""
    return sys.platform == "win32" or owner == os.geteuid()
