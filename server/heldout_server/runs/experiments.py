"""Every shared run of a competition, as columns: for the map, the table and the front.

Curves and cards are never read here, only the flat columns, so ten thousand runs are one query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from heldout_server.leaderboard import audience
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.leaderboard.order import ORDER, SCORED
from heldout_server.leaderboard.ranking import of_ranked_kind
from heldout_server.leaderboard.visibility import is_public
from heldout_server.models import Competition, Participant, Run, Score, Submission
from heldout_server.runs.axes import AXES, SCORE

PUBLIC = "public"
RUN_AXES = tuple(axis.name for axis in AXES if axis.name != SCORE)


@dataclass(frozen=True)
class RunRow:
    """One run: who, what, its public score (0 to 1), and its columns by axis name."""

    submission_id: int
    public_id: str
    name: str
    participant_id: str
    participant: str
    trial: int | None
    values: dict[str, Any]

    @property
    def score(self) -> float:
        """The public score."""
        score: float = self.values[SCORE]
        return score


@dataclass(frozen=True)
class Filter:
    """Which runs: all that are shared, or one participant's study; as far as `viewer` is shown
    them.
    """

    shared_by_default: bool
    participant: str | None = None
    study: str | None = None
    viewer: Viewer = ANYBODY


def load_runs(session: Session, competition: Competition, wanted: Filter) -> list[RunRow]:
    """The shared, ranked runs of which the viewer may be told, in the order of the board."""
    query = (
        select(  # type: ignore[call-overload]
            Run.submission_id,
            Submission.public_id,
            Submission.name,
            Participant.public_id,
            audience.names(competition, wanted.viewer, of_teams=False),
            Run.trial,
            Score.score,
            *(getattr(Run, name) for name in RUN_AXES),
        )
        .select_from(Run)
        .join(Submission, col(Submission.id) == col(Run.submission_id))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .join(
            Score,
            and_(col(Score.submission_id) == col(Run.submission_id), col(Score.split) == PUBLIC),
        )
        .where(
            col(Run.competition_id) == competition.id,
            *is_public(competition, wanted.viewer),
            *of_ranked_kind(competition),
            _is_shared(wanted.shared_by_default),
            *_narrowed(wanted),
        )
        .order_by(*ORDER.columns(SCORED))
    )
    return [_row(found) for found in session.execute(query)]


def _is_shared(by_default: bool) -> ColumnElement[bool]:
    chosen = col(Participant.shares_runs).is_(True)
    return or_(chosen, col(Participant.shares_runs).is_(None)) if by_default else chosen


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.participant is not None:
        conditions.append(col(Participant.public_id) == wanted.participant)
    if wanted.study is not None:
        conditions.append(col(Run.study) == wanted.study)
    return conditions


def _row(found: Sequence[Any]) -> RunRow:
    submission_id, public_id, name, person_id, person, trial, score, *values = found
    columns = dict(zip(RUN_AXES, values, strict=True))
    columns[SCORE] = score
    return RunRow(submission_id, public_id, name, person_id, person, trial, columns)


def ordered(rows: Sequence[RunRow], axis: str, *, descending: bool) -> list[RunRow]:
    """The rows by one column; unknown values come last either way, equals keep their order."""
    known = [row for row in rows if row.values.get(axis) is not None]
    unknown = [row for row in rows if row.values.get(axis) is None]
    return sorted(known, key=lambda row: row.values[axis], reverse=descending) + unknown
