"""Who stands before whom, said once: for queries, for conditions in them, and for Python.

The better score stands before. Of equal scores it is the one that the server had the file of first,
however long scoring took; of files of the same moment, the one that was entered first. So places
are an order of submissions, and whoever is ranked has the place of the one that they stand by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from heldout_server.models import Best, Score, Submission


class RankedBy(NamedTuple):
    """What decides a place, in this order: columns of a query, or the values of one submission.

    `reached_at` is when the server had the file; `row` its row id, which is nobody else's.
    """

    score: Any
    reached_at: Any
    row: Any


BEST = RankedBy(col(Best.score), col(Best.reached_at), col(Best.submission_id))
"""Of the rows on the board."""

SCORED = RankedBy(col(Score.score), col(Submission.queued_at), col(Submission.id))
"""Of submissions joined with their score on one split."""


@dataclass(frozen=True)
class Order:
    """An order by `RankedBy`. `falls`: of which parts the largest value stands first."""

    falls: RankedBy

    def columns(self, of: RankedBy, *, last_first: bool = False) -> list[ColumnElement[Any]]:
        """For `order_by`: who stands before everybody comes first, or last."""
        pairs = zip(of, self.falls, strict=True)
        return [column.asc() if falls == last_first else column.desc() for column, falls in pairs]

    def before(self, of: RankedBy, one: RankedBy) -> ColumnElement[bool]:
        """For `where`: the rows that stand before `one`."""
        parts = list(zip(of, one, self.falls, strict=True))
        ahead = [column > value if falls else column < value for column, value, falls in parts]
        equal = [column == value for column, value, _ in parts]
        return or_(*(and_(*equal[:place], first) for place, first in enumerate(ahead)))

    def not_behind(self, of: RankedBy, score: float) -> ColumnElement[bool]:
        """For `where`: the rows with a score as good as this one, or better."""
        better: ColumnElement[bool] = of.score >= score if self.falls.score else of.score <= score
        return better

    def key(self, one: RankedBy) -> tuple[Any, ...]:
        """For `sorted` and `min`: who stands before everybody comes first."""
        return tuple(-part if falls else part for part, falls in zip(one, self.falls, strict=True))

    def is_better(self, score: float, than: float) -> bool:
        """Whether the first score alone puts it before the other."""
        return score > than if self.falls.score else score < than


ORDER = Order(falls=RankedBy(score=True, reached_at=False, row=False))
"""The order of every board."""
