"""Prediction files of a known quality."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from participant import npy


def wrong_in(labels: Any, where: Any, count: int) -> bytes:
    """An `.npy` file with `count` errors, among the examples of the mask `where`."""
    predicted = np.array(labels)
    places = np.flatnonzero(where)[:count]
    predicted[places] = (predicted[places] + 1) % 10
    return npy(predicted)


def until(found: Callable[[], Any], *, seconds: float = 20) -> Any:
    """What `found` returns once it is true; background work needs a moment."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError("it didn't come true in time")
