"""Practice examples that a model answers worst, where an answer isn't just right or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from heldout_server.datasets.store import DatasetInfo
from heldout_server.kit.formats import NOTHING, amount
from heldout_server.runs.practice_curves import CURVES
from heldout_server.tasks.kinds import Kind
from heldout_server.web.charts.examples import cells, picture
from heldout_server.web.view_models.practice import FarOff

OF_NUMBERS = ("True", "Predicted", "Off by")
OF_LABELS = ("Missed", "Too many")


def headings(info: DatasetInfo) -> tuple[str, ...]:
    """Of the columns of answers."""
    if info.task.kind is Kind.MULTILABEL:
        return OF_LABELS
    return OF_NUMBERS if len(info.task.targets) == 1 else ("Target", *OF_NUMBERS)


def far_off(
    info: DatasetInfo, inputs: NDArray[Any], metrics: Mapping[str, Any] | None
) -> tuple[FarOff, ...] | None:
    """The worst first; None for a task of one class an example. `inputs` are all practice ones.

    Read defensively: an imported event may hold anything.
    """
    if info.task.has_classes:
        return None
    curves = (metrics or {}).get(CURVES)
    wrong = "wrong" if info.task.kind is Kind.MULTILABEL else "worst"
    rows = curves.get(wrong, []) if isinstance(curves, Mapping) else []
    try:
        return tuple(_shown(info, inputs, row) for row in rows)
    except (IndexError, TypeError, ValueError):
        return ()


def _shown(info: DatasetInfo, inputs: NDArray[Any], row: Sequence[Any]) -> FarOff:
    at = row[0]
    is_label = info.task.kind is Kind.MULTILABEL
    answers = _labels(info, *row[1:]) if is_label else _numbers(info, *row[1:])
    return FarOff(at + 1, picture(info, inputs[at]), cells(info, inputs[at]), answers)


def _labels(info: DatasetInfo, missed: Sequence[int], extra: Sequence[int]) -> tuple[str, ...]:
    return tuple(
        ", ".join(info.task.targets[k] for k in each) or NOTHING for each in (missed, extra)
    )


def _numbers(info: DatasetInfo, output: int, true: float, said: float) -> tuple[str, ...]:
    found = (amount(true), amount(said), amount(said - true, 3))
    return found if len(info.task.targets) == 1 else (info.task.targets[output], *found)
