"""A receipt as it may be shown: older versions kept what a runner said as it came. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from heldout_server.kit.errors import printable

TEXTS = (
    "device", "engine", "keras_version", "tensorflow_version", "onnxruntime_version",
    "saved_with", "output", "preprocessing", "preprocessing_reason",
)  # fmt: skip
LISTS = ("warnings", "upgrades")
# What every reader of JSON, a browser's too, takes for the same number.
LARGEST_COUNT = 2**53


def readable(stored: Mapping[str, Any]) -> dict[str, Any]:
    """`stored` without what is no receipt's: of another kind, not printable, not finite."""
    found = dict(stored)
    for name in TEXTS:
        found[name] = printable(found[name]) if isinstance(found.get(name), str) else None
    for name in LISTS:
        lines = found.get(name)
        found[name] = [line for line in _list(lines) if isinstance(line, str)]
    found["parameters"] = _count(found.get("parameters"))
    found["seconds"] = stages(stored)
    return {name: value for name, value in found.items() if value is not None}


def stages(stored: Mapping[str, Any]) -> dict[str, float]:
    """The seconds of each stage that was measured."""
    seconds = stored.get("seconds")
    pairs = seconds.items() if isinstance(seconds, Mapping) else ()
    return {stage: float(took) for stage, took in pairs if _is_duration(took)}


def _is_duration(took: object) -> bool:
    is_number = isinstance(took, int | float) and not isinstance(took, bool)
    return is_number and 0 <= took < math.inf  # type: ignore[operator]


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count and 0 <= value <= LARGEST_COUNT else None  # type: ignore[operator,return-value]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
