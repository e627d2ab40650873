"""Waiting for what happens in another thread or process."""

import time

PATIENCE_SECONDS = 60
"""How long a busy machine may take; where all goes well, nobody waits for it."""


def run_until(condition, seconds=PATIENCE_SECONDS):
    """What `condition()` returns once it is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came true")
