"""A run card that is added to an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# These describe one training, together.
OF_THE_FITS = ("history", "history_non_finite", "fits")
EMPTY: tuple[Any, ...] = (None, {}, [], "")
# What any card has, whatever was trained.
SAYS_NOTHING = frozenset({"schema", "environment", "captured"})


def joined(earlier: Mapping[str, Any] | None, later: Mapping[str, Any]) -> dict[str, Any]:
    """The earlier card with what the later one knows in the place of what it knew."""
    known = {name: part for name, part in later.items() if part not in EMPTY}
    before = dict(earlier or {})
    before.pop("refused", None)
    if "history" in known:
        before = {name: part for name, part in before.items() if name not in OF_THE_FITS}
    parts = ("hyperparameters", "captured")
    return {**before, **known, **{name: _both(before, later, name) for name in parts}}


def tells_more(earlier: Mapping[str, Any] | None, whole: Mapping[str, Any]) -> bool:
    """Whether a joined card says anything of the training that the earlier one didn't."""
    before = earlier or {}
    return any(
        part not in EMPTY and part != before.get(name)
        for name, part in whole.items()
        if name not in SAYS_NOTHING
    )


def _both(earlier: Mapping[str, Any], later: Mapping[str, Any], name: str) -> dict[str, Any]:
    first, second = earlier.get(name), later.get(name)
    return {
        **(first if isinstance(first, Mapping) else {}),
        **(second if isinstance(second, Mapping) else {}),
    }
