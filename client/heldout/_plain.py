"""Values of any library as plain JSON: no NumPy, no tensors, no NaN, no endless text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from heldout._constants import TEXT_CHARACTERS

Scalar = str | int | float | bool | None

SIGNIFICANT_DIGITS = 7
DEEPEST = 8


def clean_text(text: str, longest: int = TEXT_CHARACTERS) -> str:
    """`text` as valid UTF-8 without NUL, which neither JSON nor databases take, and bounded."""
    valid = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return valid if len(valid) <= longest else valid[: longest - 1] + "…"


def scalar(value: Any) -> Scalar:
    """One JSON scalar; NaN and infinities become None, other objects their name."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # Beyond 64 bits neither databases nor the browser's numbers keep it.
        return int(value) if abs(value) < 2**63 else clean_text(str(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    number = _unwrapped(value)
    return clean_text(object_name(value)) if number is value else scalar(number)


def _unwrapped(value: Any) -> Any:
    """The Python number inside a NumPy scalar, a tensor or a variable; else the value itself."""
    for method in ("item", "numpy"):
        try:
            inner = getattr(value, method)()
        except Exception:  # noqa: S112 - any object may refuse in any way; then it has a name
            continue
        if isinstance(inner, bool | int | float | str):
            return inner
        if method == "numpy" and hasattr(inner, "item"):
            return _unwrapped(inner)
    return value


def object_name(value: Any) -> str:
    """What people call an object: a function's or class's name, or its own short text."""
    name = getattr(value, "__name__", None)
    if isinstance(name, str):
        return name
    if hasattr(value, "get_config"):
        return type(value).__name__
    return str(value)


def tidy(value: Any) -> Any:
    """A float without the noise of 32-bit storage: 0.0010000000474974513 becomes 0.001."""
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return value


def plain(value: Any, depth: int = 0) -> Any:
    """`value` with all its lists and dicts, as JSON."""
    if depth > DEEPEST:
        return clean_text(str(value))
    if isinstance(value, Mapping):
        return {clean_text(str(key)): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner, depth + 1) for inner in value]
    return scalar(value)


def joined(values: Iterable[Any]) -> Scalar:
    """Several values as one typed cell: one stays as it is, more are joined: `512-128`."""
    kept = [scalar(value) for value in values]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else clean_text("-".join(str(value) for value in kept))


def distinct(values: Iterable[Any]) -> list[Any]:
    """The values without repetitions, in the order of their first appearance."""
    return list(dict.fromkeys(values))


def flat(values: Mapping[str, Any]) -> dict[str, Scalar]:
    """Named values as flat, typed cells: lists are joined, dicts become `outer_inner`."""
    cells: dict[str, Scalar] = {}
    for key, value in values.items():
        name = clean_text(str(key), 100)
        if isinstance(value, Mapping):
            inner = {f"{name}_{part}": each for part, each in value.items()}
            cells.update(flat(inner))
        elif isinstance(value, list | tuple):
            cells[name] = joined(value)
        else:
            cells[name] = scalar(value)
    return cells
