"""Every metric by the name of scikit-learn's scorer: shipped ones, and those installed beside.

`metric(name)` finds one and `for_kind(kind)` lists what a task of a kind may rank by.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache

from heldout_server.tasks import additions
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Metric
from heldout_server.tasks.shipped import SHIPPED

METRICS: Mapping[str, Metric] = {one.name: one for one in SHIPPED}
# What the first boards called them.
ALIASES = {"macro_f1": "f1_macro", "macro_recall": "recall_macro"}
DEFAULTS = {
    Kind.BINARY: "accuracy",
    Kind.MULTICLASS: "accuracy",
    Kind.MULTILABEL: "f1_samples",
    Kind.REGRESSION: "neg_root_mean_squared_error",
}


class UnknownMetric(ValueError):
    """No metric has this name; the text names the nearest one."""


def metric(name: str) -> Metric:
    """The metric of this name, under its own name if `name` is an older one of it.

    Raises UnknownMetric, or `additions.UnusableMetric` for an installed one that is broken.
    """
    known = METRICS.get(ALIASES.get(name, name))
    if known is not None:
        return known
    added = additions.load(name, _taken())
    if added is not None:
        return added
    raise UnknownMetric(f"There is no metric {name[:80]!r}.{_suggestion(name)}")


def shipped(name: str) -> Metric | None:
    """The shipped metric of this name; None for an installed one, whose code isn't loaded."""
    return METRICS.get(ALIASES.get(name, name))


def for_kind(kind: Kind) -> tuple[Metric, ...]:
    """The shipped metrics of a kind of task, the default one first."""
    default = METRICS[DEFAULTS[kind]]
    return (default, *(one for one in SHIPPED if kind in one.kinds and one is not default))


def installed() -> tuple[Metric, ...]:
    """The metrics that the operator installed on this machine, by name.

    They are code: this is called where grading happens, and nowhere else. Raises
    `additions.UnusableMetric` for one that is broken or takes a shipped one's name.
    """
    found = (additions.load(name, _taken()) for name in additions.names())
    return tuple(one for one in found if one is not None)


@cache
def _taken() -> frozenset[str]:
    return frozenset(METRICS) | frozenset(ALIASES)


def _suggestion(name: str) -> str:
    """The nearest name, also by what people call it: "RMSE" is a scorer's, too."""
    called = {one.label.casefold(): one.name for one in SHIPPED}
    called.update({one: one for one in (*METRICS, *additions.names())}, **ALIASES)
    wanted = name.casefold().strip()
    nearest = difflib.get_close_matches(wanted, called, 1, 0.6)
    nearest = nearest or difflib.get_close_matches(wanted.replace("_", " "), called, 1, 0.6)
    return f" Did you mean {called[nearest[0]]!r}?" if nearest else ""
