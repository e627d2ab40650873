"""Asking this machine's own programs. A program that isn't there has no answer."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

PATIENCE_SECONDS = 5.0

Ask = Callable[[Sequence[str]], str | None]
"""What a command prints, or None where it can't be run or refuses."""


def asked(command: Sequence[str]) -> str | None:
    """What the command prints; None where it isn't installed, fails, or doesn't end."""
    try:
        said = subprocess.run(  # noqa: S603 programs of the system, named here
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout if said.returncode == 0 else None
