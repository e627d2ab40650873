"""Waiting for what happens in another thread or process."""

import time


def run_until(condition, seconds=10):
    """Return once `condition()` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.03)
    raise AssertionError("it never came true")
