"""Figures over the class that are worked out in the background and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, bindparam, func, select
from sqlmodel import Session, col

from heldout_server.competitions.hardest_wall import HARDEST
from heldout_server.leaderboard import disclosure
from heldout_server.leaderboard.order import BEST, ORDER
from heldout_server.leaderboard.ranking import shown
from heldout_server.leaderboard.visibility import is_public
from heldout_server.models import (
    Best,
    ClassInsight,
    Competition,
    Participant,
    PracticeReading,
    Run,
    State,
    Submission,
)

__all__ = ["HARDEST"]

IMPORTANCE = "importance"
ENSEMBLE = "ensemble"
SIMPLEST = "simplest"
MOST_VOTERS = 200
CUT_CHARACTERS = 16
NO_RUNS = "0-None-None-None-0"
"""The version of a competition without runs."""


def insight(session: Session, competition_id: int, kind: str, cut: str) -> ClassInsight | None:
    """The newest figure of this kind; None when it was worked out under another `cut`."""
    found = session.get(ClassInsight, (competition_id, kind))
    return found if found is not None and found.version.startswith(cut) else None


def keep(
    session: Session,
    competition_id: int,
    kind: str,
    *,
    version: str,
    data: dict[str, Any],
    now: datetime,
) -> None:
    """Replace the figure of this kind."""
    session.merge(
        ClassInsight(
            competition_id=competition_id, kind=kind, version=version, data=data, computed_at=now
        )
    )


def runs_version(session: Session, competition: Competition) -> str:
    """Changes whenever a run is added or its card replaced of which all may be told, or has read
    practice images.
    """
    query = (
        select(
            func.count(),
            func.max(Run.submission_id),
            func.sum(Run.submission_id),
            func.sum(Run.card_changes),
            func.count(col(PracticeReading.said)),
        )
        .join(Submission, col(Submission.id) == col(Run.submission_id))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(PracticeReading, col(PracticeReading.submission_id) == col(Run.submission_id))
        .where(*is_public(competition))
    )
    return "-".join(str(part) for part in session.execute(query).one())


def cut(session: Session, competition: Competition, *, shared_by_default: bool) -> str:
    """What is kept from the public, as a short digest: another one voids every kept figure.

    Runs that are only added leave it as it is, so a figure may lag behind them, but never holds
    what was taken back.
    """
    of = {"competition": competition.id}
    banned, chosen, off = (session.execute(query, of).all() for query in _kept_back())
    facts = (
        shown(competition), disclosure.source(session, competition).value,
        competition.labels_version, competition.metric,
        competition.rank_predictions, shared_by_default,
        competition.board_rule, competition.board_top,
        sorted(number for (number,) in banned),
        sorted((number or 0, choice) for number, choice in chosen),
        tuple(off[0]),
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:CUT_CHARACTERS]


@cache
def _kept_back() -> tuple[Executable, ...]:
    """Who is banned, who has chosen what to share, and what is off the board.

    Made once, as the others here that follow every score: that takes longer than to run them.
    """
    mine = col(Participant.competition_id) == bindparam("competition")
    theirs = col(Submission.competition_id) == bindparam("competition")
    return (
        select(col(Participant.id)).where(mine, col(Participant.banned_at).is_not(None)),
        select(col(Participant.id), col(Participant.shares_runs)).where(
            mine, col(Participant.shares_runs).is_not(None)
        ),
        select(func.count(), func.sum(Submission.id), func.max(Submission.id)).where(
            theirs, col(Submission.moderation).is_not(None)
        ),
    )


@dataclass(frozen=True)
class Voter:
    """A participant's best submission, with its stored predictions.

    `has_read`: whether it is a model whose answers to the practice images are kept.
    """

    submission_id: int
    predictions_sha256: str
    score: float
    has_read: bool


def voters(session: Session, competition_id: int) -> list[Voter]:
    """Everyone's best, best first."""
    return [Voter(*row) for row in session.execute(_voters(), {"competition": competition_id})]


@cache
def _voters() -> Select[Any]:
    query: Select[Any] = (
        select(  # type: ignore[call-overload]
            Submission.id,
            Submission.predictions_sha256,
            Best.score,
            col(PracticeReading.said).is_not(None),
        )
        .select_from(Best)
        .join(Submission, col(Submission.id) == col(Best.submission_id))
        .outerjoin(PracticeReading, col(PracticeReading.submission_id) == col(Submission.id))
        .where(
            col(Best.competition_id) == bindparam("competition"),
            col(Submission.predictions_sha256).is_not(None),
        )
        .order_by(*ORDER.columns(BEST))
        .limit(MOST_VOTERS)
    )
    return query


def voters_version(voting: Sequence[Voter]) -> str:
    """Changes whenever somebody's best does, or has read the practice images."""
    ids = sum(voter.submission_id * (place + 1) for place, voter in enumerate(voting))
    return f"{len(voting)}-{ids}-{sum(voter.has_read for voter in voting)}"


def versions(session: Session, competition_id: int) -> dict[str, tuple[str, datetime]]:
    """The version of each kept figure and when it was worked out, by its kind."""
    query = select(ClassInsight.kind, ClassInsight.version, ClassInsight.computed_at).where(  # type: ignore[call-overload]
        col(ClassInsight.competition_id) == competition_id
    )
    return {kind: (version, computed_at) for kind, version, computed_at in session.execute(query)}


def any_missing(session: Session) -> bool:
    """Whether some scored submission has no run yet: asked often, so one indexed look."""
    return session.execute(_missing()).first() is not None


@cache
def _missing() -> Select[Any]:
    return (
        select(col(Submission.id))
        .outerjoin(Run, col(Run.submission_id) == col(Submission.id))
        .where(col(Submission.state) == State.SCORED, col(Run.submission_id).is_(None))
        .limit(1)
    )


def predictions_of(session: Session, submission_ids: Sequence[int]) -> dict[int, str]:
    """The digests of these submissions' stored predictions, by submission."""
    query = select(Submission.id, Submission.predictions_sha256).where(  # type: ignore[call-overload]
        col(Submission.id).in_(submission_ids), col(Submission.predictions_sha256).is_not(None)
    )
    return dict(session.execute(query).all())
