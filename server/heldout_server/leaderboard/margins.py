"""How sure each row of a board is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from heldout_server.leaderboard import attempts
from heldout_server.leaderboard.confidence_interval import Interval, wilson
from heldout_server.leaderboard.standings import Standing
from heldout_server.models import Competition

ACCURACY = "accuracy"


def margins(
    session: Session, competition: Competition, rows: Sequence[Standing]
) -> dict[str, Interval]:
    """The 95 % interval of each row's score, by submission; none where it is no share."""
    if competition.metric != ACCURACY:
        return {}
    examples = attempts.examples(session, competition, [row.submission_id for row in rows])
    return {
        row.submission_id: wilson(number - row.error_count, number)
        for row in rows
        if row.error_count is not None and (number := examples.get(row.submission_id))
    }
