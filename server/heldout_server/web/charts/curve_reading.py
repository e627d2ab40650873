"""How curves are called and which of their epochs is the best."""

from __future__ import annotations

from collections.abc import Sequence

from heldout_server.runs.series import is_accuracy

SCHEDULES = frozenset({"learning_rate", "lr"})


def is_share(base: str, known: Sequence[float]) -> bool:
    """Whether the numbers are best shown as percentages."""
    return is_accuracy(base) and all(0 <= value <= 1 for value in known)


def title(base: str) -> str:
    """`sparse_categorical_accuracy` as "Sparse categorical accuracy"."""
    words = base.replace("_", " ").strip() or "Unnamed"
    return words[0].upper() + words[1:]


def label(base: str, kind: str) -> str:
    """What a line is called: a schedule such as the learning rate has no training examples."""
    return "value" if base in SCHEDULES else kind
