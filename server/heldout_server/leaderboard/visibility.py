"""What everybody may be told of a submission: one rule, for queries and for a single one.

Boards, charts, maps, files, feeds, pictures and streams all ask here, so that a freeze, a ban or an
act of moderation holds on all of them. Organizers, and participants about themselves, don't ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from heldout_server.leaderboard import audience, ranking
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.models import BoardRule, Competition, Event, Participant, Submission

FROZEN = "The board is frozen: how this did, and its run card, stay secret until it goes on."
OFF_THE_BOARD = "This is off the board, so neither its figures nor its run card are shown."


def is_public(competition: Competition, viewer: Viewer = ANYBODY) -> list[ColumnElement[bool]]:
    """Conditions on `Submission` and `Participant`: of these submissions everybody may hear, and
    the viewer besides of their own.
    """
    return [*counts(competition), *audience.shows(competition, viewer)]


def counts(competition: Competition) -> list[ColumnElement[bool]]:
    """The same, for what goes on to be told of those alone whom the board shows."""
    return ranking.countable(competition, ranking.shown(competition).before)


def hidden_reason(
    competition: Competition,
    participant: Participant,
    *,
    received_at: datetime,
    moderation: str | None = None,
) -> str:
    """Why the score of a submission is hidden from others, in one sentence; empty: it is public.

    `received_at` is when it came. The same rule as `is_public`, for one that is at hand.
    """
    if moderation is not None or participant.banned_at is not None:
        return OFF_THE_BOARD
    before = ranking.shown(competition).before
    return FROZEN if before is not None and received_at >= before else ""


def of(competition: Competition, participant: Participant, submission: Submission) -> str:
    """`hidden_reason` of a submission."""
    return hidden_reason(
        competition,
        participant,
        received_at=submission.queued_at,
        moderation=submission.moderation,
    )


def names_told(session: Session, found: Sequence[Event]) -> dict[int, str]:
    """Under which names those events tell of people whom the board gives others than their own."""
    about = {
        event.submission_id: event
        for event in found
        if event.submission_id and event.data and _has_pseudonyms(session, event.competition_id)
    }
    if not about:
        return {}
    query = (
        select(Submission.id, Participant, Competition)  # type: ignore[call-overload]
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .join(Competition, col(Competition.id) == col(Submission.competition_id))
        .where(col(Submission.id).in_(about))
    )
    told = {row: audience.name(c, who) for row, who, c in session.execute(query)}
    return {e.id or 0: told[e.submission_id] for e in found if e.submission_id in told}


def _has_pseudonyms(session: Session, competition_id: int) -> bool:
    return session.get_one(Competition, competition_id).board_rule == BoardRule.PSEUDONYMS


def silenced(session: Session, found: Sequence[Event]) -> frozenset[int]:
    """Ids of those events whose figures may not be told (any more)."""
    about = [e for e in found if e.submission_id is not None and e.data]
    competitions = {event.competition_id for event in about}
    heard = {number for one in competitions for number in _told_among(session, one, about)}
    return frozenset(event.id or 0 for event in about) - heard


def _told_among(session: Session, competition_id: int, about: Sequence[Event]) -> set[int]:
    competition = session.get_one(Competition, competition_id)
    query = (
        select(col(Event.id))
        .join(Submission, col(Submission.id) == col(Event.submission_id))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .where(col(Event.id).in_([event.id for event in about]), *is_public(competition))
    )
    return {number for number in session.execute(query).scalars() if number is not None}
