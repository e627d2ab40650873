"""Metrics that an operator installed: entry points of the group `heldout.metrics`.

Each names a `Metric` whose name is the entry point's. Nobody's folder holds code; a metric of one's
own is installed by the operator on the machine that grades, and loaded there when it is asked for.
"""

from __future__ import annotations

from collections.abc import Set
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from heldout_server.tasks.fit import checked
from heldout_server.tasks.metric import Metric

GROUP = "heldout.metrics"


class UnusableMetric(ValueError):
    """An installed metric can't be used; the text is for the operator."""


def names() -> tuple[str, ...]:
    """The names of the installed metrics, in order; nothing is loaded."""
    return tuple(sorted(_points()))


def load(name: str, taken: Set[str]) -> Metric | None:
    """The installed metric of this name; None if there is none.

    Raises UnusableMetric where it fails to load, is no `Metric` of that name and of some kind of
    task, stands there twice, or has a name that is `taken`.
    """
    points = _points().get(name, ())
    if not points:
        return None
    if name in taken:
        raise UnusableMetric(f"{_called(points[0])} takes the name of a shipped metric")
    if len(points) > 1:
        raise UnusableMetric(f"{_called(points[0])} and {_called(points[1])} have one name")
    return checked(_loaded(points[0]))


@cache
def _points() -> dict[str, tuple[EntryPoint, ...]]:
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=GROUP):
        found[point.name] = (*found.get(point.name, ()), point)
    return found


def _loaded(point: EntryPoint) -> Metric:
    try:
        metric = point.load()
    except Exception as error:
        raise UnusableMetric(f"{_called(point)} can't be loaded: {error}") from error
    if not isinstance(metric, Metric):
        raise UnusableMetric(f"{_called(point)} is a {type(metric).__name__}, not a Metric")
    if metric.name != point.name or not metric.kinds:
        raise UnusableMetric(f"{_called(point)} calls itself {metric.name!r} or is of no kind")
    return metric


def _called(point: EntryPoint) -> str:
    by = f" of {point.dist.name}" if point.dist is not None else ""
    return f"The metric {point.name!r}{by}"
