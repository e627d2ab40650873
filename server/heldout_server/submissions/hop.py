"""What a hop finds, as values: the engine has one of them recorded in the job's transaction.

A hop that finds nothing raises: the faults of our own machinery are in `jobs.faults`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heldout_server.kit.errors import Rejection
from heldout_server.models import Competition, Score


@dataclass(frozen=True)
class Graded:
    """Scores on each split, by the labels and the metric of `used`; `receipt` is grading's part."""

    scores: Sequence[Score]
    public_accuracy: float | None
    used: Competition
    receipt: dict[str, Any]
    stands_by: int | None = None
    """On a ladder: the row id of the submission that this is no real step from."""


@dataclass(frozen=True)
class Predicted:
    """Predictions were stored and wait to be graded."""

    predictions_sha256: str
    receipt: dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """Predictions were graded; `predicted` is what this hop stored, None where an earlier one did.

    `predictions_sha256` names them in either case.
    """

    graded: Graded
    predictions_sha256: str
    predicted: Predicted | None = None


@dataclass(frozen=True)
class Rejected:
    """Their file is at fault, and this is what they read."""

    rejection: Rejection


Found = Scored | Predicted | Rejected
