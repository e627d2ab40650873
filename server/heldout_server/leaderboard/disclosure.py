"""How much of a submission's figures over hidden examples may be told: one rule, in one place.

A file can be made to ask questions. With nine images a file, each moved to a class of its own, the
cells of a confusion matrix name true labels; a log loss tells dozens of them at once; and counts
over pairs of files give as many answers as there are pairs. So while a contest runs only the figure
that the board ranks by leaves, with the counts that make it up. Everything finer is told of
practice examples, whose labels everyone has, and of hidden ones after the reveal. It holds for
models as well, which can be made like any file; and for participants about themselves. Organizers
don't ask here.

`visibility` says whose figures may be told; this says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from heldout_server.competitions import queries
from heldout_server.kit.db import database_now
from heldout_server.models import Competition
from heldout_server.tasks import catalogue

ALWAYS_TOLD = frozenset({"examples", "error_count", "accuracy"})
"""The counts, and their share."""
KEPT_AS = {"f1_macro": "macro_f1", "recall_macro": "macro_recall"}
"""Where a figure that a board may rank by has a place of its own among the others."""


class Source(StrEnum):
    """Which examples whatever is finer than a score is told of."""

    PRACTICE = "practice"
    HIDDEN = "hidden"


def source(session: Session, competition: Competition) -> Source:
    """Hidden examples after the reveal, unless another contest still asks for the same labels."""
    if competition.revealed_at is None:
        return Source.PRACTICE
    other = queries.still_asking(session, competition, database_now(session))
    return Source.HIDDEN if other is None else Source.PRACTICE


def told(metrics: Mapping[str, Any], *, score: float, metric: str, of: Source) -> dict[str, Any]:
    """The figures over hidden examples that may be told, None in place of the others.

    `metric` names the one that the board ranks by, and `score` is what it orders by.
    """
    if of is Source.HIDDEN:
        return dict(metrics)
    counts = {name: value if name in ALWAYS_TOLD else None for name, value in metrics.items()}
    figure = catalogue.metric(metric).figure(score)
    by_name = {KEPT_AS[metric]: figure} if metric in KEPT_AS else {}
    return counts | by_name | {"figures": {metric: figure}}
