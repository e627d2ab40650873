"""Every scored try that counts, in the order in which the server had the files.

The board keeps only the best row of each participant; trends, the race and the awards need the
way there. Columns rather than objects, and public figures only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, and_, bindparam, func, select
from sqlmodel import Session, col

from heldout_server.kit.stored_json import value_in
from heldout_server.leaderboard import ranking, visibility
from heldout_server.leaderboard.order import RankedBy
from heldout_server.models import (
    PUBLIC,
    Competition,
    Participant,
    Receipt,
    RunCard,
    Score,
    Submission,
    Team,
)

ROWS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One scored, unmoderated submission; `score` is the public one, `at` when it was received.

    `participant_id` and `participant_name` are the team's where there is one, as on the board;
    `row` is the row id.
    """

    participant_id: str
    participant_name: str
    submission_id: str
    submission_name: str
    at: datetime
    score: float
    examples: int
    error_count: int | None
    row: int

    @property
    def ranked_by(self) -> RankedBy:
        """What decides its place among others."""
        return RankedBy(self.score, self.at, self.row)


@dataclass(frozen=True, slots=True)
class Measures:
    """What else is known of a submission.

    `parameters` was counted by the scorer, never by the participant. `training_accuracy` is what
    their notebook reported for its last epoch, a share: part of the run card, so `shares_runs`,
    their choice (None: as the competition has it), says with others whether it may be told.
    """

    parameters: int | None = None
    training_accuracy: float | None = None
    shares_runs: bool | None = None


def tries(
    session: Session,
    competition: Competition,
    *,
    participants: Collection[str] | None = None,
    submissions: Collection[int] | None = None,
) -> Iterator[Attempt]:
    """The competition's tries, earliest first; `participants` are public ids, of teams where there
    are some, `submissions` row ids; None means all.

    While the board is frozen, what came since is left out: trend, race and awards must not tell
    what the board keeps to itself. What isn't ranked takes no part in them either.
    """
    unit = func.coalesce(Team.public_id, Participant.public_id)
    query = (
        select(  # type: ignore[call-overload]
            unit,
            func.coalesce(Team.name, Participant.name),
            Submission.public_id,
            Submission.name,
            Submission.queued_at,
            Score.score,
            Score.examples,
            Score.error_count,
            Submission.id,
        )
        .select_from(Submission)
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .join(
            Score,
            and_(col(Score.submission_id) == col(Submission.id), col(Score.split) == PUBLIC),
        )
        .where(*visibility.counts(competition), *ranking.of_ranked_kind(competition))
        .order_by(col(Submission.queued_at), col(Submission.id))
    )
    if participants is not None:
        query = query.where(col(Submission.participant_id).in_(_members(competition, participants)))
    if submissions is not None:
        query = query.where(col(Submission.id).in_(submissions))
    for row in session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        yield Attempt(*row)


def _members(competition: Competition, units: Collection[str]) -> Select[int | None]:
    """Row ids of who stands behind these public ids: an index finds their tries by them."""
    return (
        select(col(Participant.id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .where(
            col(Participant.competition_id) == competition.id,
            func.coalesce(Team.public_id, Participant.public_id).in_(units),
        )
    )


def examples(
    session: Session, competition: Competition, submissions: Collection[str]
) -> dict[str, int]:
    """On how many examples of the split that the board shows these submissions were scored."""
    of = {"submissions": list(submissions), "split": ranking.shown(competition).split}
    return {str(public_id): int(number) for public_id, number in session.execute(_examples(), of)}


@cache
def _examples() -> Select[str, int]:
    """Made once, since every board asks it after every score."""
    return (
        select(col(Submission.public_id), col(Score.examples))
        .join(Score, col(Score.submission_id) == col(Submission.id))
        .where(
            col(Submission.public_id).in_(bindparam("submissions", expanding=True)),
            col(Score.split) == bindparam("split"),
        )
    )


def measures(session: Session, submissions: Collection[str]) -> dict[str, Measures]:
    """What is known of these submissions (public ids); those without anything are left out."""
    query = (
        select(  # type: ignore[call-overload]
            Submission.public_id,
            value_in(Receipt.data, "parameters"),
            value_in(RunCard.card, "history", "accuracy"),
            Participant.shares_runs,
        )
        .select_from(Submission)
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Receipt, col(Receipt.submission_id) == col(Submission.id))
        .outerjoin(RunCard, col(RunCard.submission_id) == col(Submission.id))
        .where(col(Submission.public_id).in_(submissions))
    )
    return {
        public_id: Measures(_count(parameters), _last_share(accuracy), choice)
        for public_id, parameters, accuracy, choice in session.execute(query)
    }


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _last_share(values: object) -> float | None:
    # A run card is the participant's own text: anything may stand where numbers belong.
    last: object = values[-1] if isinstance(values, list) and values else None
    if isinstance(last, bool) or not isinstance(last, int | float):
        return None
    return float(last) if 0 <= last <= 1 else None
