"""Participants as organizers see them: found, listed, with what they were granted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.acts.audit_log import Target
from heldout_server.acts.registry import ActContext, Ids, Subject
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    AuditEntry,
    Competition,
    Grant,
    Participant,
    RosterEntry,
    State,
    Submission,
    Team,
)
from heldout_server.people import display
from heldout_server.people.names import name_key, remembered

LONGEST_REASON = 500


@dataclass(frozen=True)
class Wanted:
    """A filter; None means any. `search` looks into names (accents don't matter), e-mails and
    references; `silent`: who has sent nothing yet.
    """

    search: str | None = None
    team_id: int | None = None
    banned: bool | None = None
    silent: bool = False


@dataclass(frozen=True)
class Account:
    """A participant with what an organizer needs beside it."""

    participant: Participant
    team: Team | None
    entry: RosterEntry | None
    submissions: int
    scored: int
    last_at: datetime | None


def by_public_id(
    session: Session, competition: Competition, participant_id: str, *, lock: bool = False
) -> Participant:
    """The participant of this competition. Raises ProblemError `not_found`."""
    query = select(Participant).where(
        col(Participant.competition_id) == competition.id,
        col(Participant.public_id) == participant_id,
    )
    if lock:
        query = query.with_for_update(key_share=True)
    found: Participant | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "There is no participant with this id here.")
    return found


def _find(context: ActContext, ids: Ids) -> Participant:
    return by_public_id(context.session, context.competition, ids["participant_id"], lock=True)


PARTICIPANT = Subject(
    Participant,
    "/competitions/{slug}/participants/{participant_id}",
    _find,
    lambda context, person: Target.participant(person),
)


def target_of(context: ActContext, entry: AuditEntry) -> Participant:
    """Whom an entry of the log is about, held until the commit."""
    return _find(context, {"participant_id": entry.target_id})


def page(
    session: Session, competition: Competition, wanted: Wanted, *, limit: int, after: int = 0
) -> Sequence[Account]:
    """Up to `limit` participants with ids above `after`, who joined first comes first."""
    query = _filtered(session, competition, wanted).where(col(Participant.id) > after)
    rows = session.execute(query.order_by(col(Participant.id)).limit(limit)).all()
    counts = _counts(session, [participant.id for participant, _, _ in rows])
    return [
        Account(participant, team, entry, *counts.get(participant.id, (0, 0, None)))
        for participant, team, entry in rows
    ]


def account(session: Session, competition: Competition, participant: Participant) -> Account:
    """One participant with what an organizer needs beside it."""
    query = _joined(competition).where(col(Participant.id) == participant.id)
    found, team, entry = session.execute(query).one()
    counts = _counts(session, [found.id])
    return Account(found, team, entry, *counts.get(found.id, (0, 0, None)))


def check_free(session: Session, participant: Participant, name: str) -> None:
    """Raise ProblemError `duplicate_name` when somebody else in the competition is called so, or
    looks so.
    """
    display.check_free(session, participant.competition_id, name, besides=participant.id)


def grants_of(session: Session, participant: Participant) -> Sequence[Grant]:
    """What somebody was given, also what was taken back, newest first."""
    query = select(Grant).where(col(Grant.participant_id) == participant.id)
    return session.execute(query.order_by(col(Grant.id).desc())).scalars().all()


def grant_by_public_id(session: Session, participant: Participant, grant_id: str) -> Grant:
    """One of somebody's grants. Raises ProblemError `not_found`."""
    found = next((g for g in grants_of(session, participant) if g.public_id == grant_id), None)
    if found is None:
        raise ProblemError("not_found", "They were given nothing with this id.")
    return found


def names(session: Session, competition: Competition, *, limit: int) -> tuple[str, ...]:
    """Up to `limit` names, to be suggested while one types."""
    query = select(col(Participant.name)).where(
        col(Participant.competition_id) == competition.id,
        col(Participant.merged_into_id).is_(None),
    )
    found = session.execute(query.order_by(col(Participant.id)).limit(limit))
    return tuple(found.scalars())


def silent(session: Session, competition: Competition) -> int:
    """How many have sent nothing yet."""
    query = _filtered(session, competition, Wanted(silent=True)).with_only_columns(func.count())
    number: int = session.execute(query).scalar_one()
    return number


def _filtered(
    session: Session, competition: Competition, wanted: Wanted
) -> Select[Participant, Team | None, RosterEntry | None]:
    query = _joined(competition).where(col(Participant.merged_into_id).is_(None))
    if wanted.search:
        key = name_key(wanted.search.strip())
        query = query.where(
            or_(
                col(Participant.id).in_(_called(session, competition, wanted.search)),
                col(Participant.id).in_(_known_by(key)),
            )
        )
    if wanted.silent:
        sent = select(col(Submission.id)).where(
            col(Submission.participant_id) == col(Participant.id)
        )
        gone = or_(col(Participant.left_at).is_not(None), col(Participant.banned_at).is_not(None))
        query = query.where(~sent.exists(), ~gone)
    if wanted.team_id is not None:
        query = query.where(col(Participant.team_id) == wanted.team_id)
    if wanted.banned is not None:
        is_banned = col(Participant.banned_at).is_not(None)
        query = query.where(is_banned if wanted.banned else ~is_banned)
    return query


def _called(session: Session, competition: Competition, search: str) -> list[int]:
    """Whose name, on the board or on the roster, has this in it as one remembers it.

    Read here: no database folds accents by itself.
    """
    query = (
        select(Participant.id, Participant.name, RosterEntry.name)  # type: ignore[call-overload]
        .outerjoin(RosterEntry, col(RosterEntry.participant_id) == col(Participant.id))
        .where(col(Participant.competition_id) == competition.id)
    )
    key = remembered(search)
    names = ((row[0], f"{row[1]} {row[2] or ''}") for row in session.execute(query))
    exact = name_key(search.strip())
    return [
        row_id for row_id, name in names
        if (key and key in remembered(name)) or exact in name_key(name)
    ]  # fmt: skip


def _known_by(key: str) -> Select[int | None]:
    """Who has this in an e-mail address or a reference on the roster."""
    return select(col(RosterEntry.participant_id)).where(
        or_(
            func.lower(RosterEntry.email).contains(key, autoescape=True),
            func.lower(RosterEntry.reference).contains(key, autoescape=True),
        ),
        col(RosterEntry.participant_id).is_not(None),
    )


def _joined(competition: Competition) -> Select[Participant, Team | None, RosterEntry | None]:
    """Each once: whose account another one was merged into may be on the roster twice."""
    each = aliased(RosterEntry)
    first = select(func.min(each.id)).where(col(each.participant_id) == col(Participant.id))
    return (
        select(Participant, Team, RosterEntry)
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .outerjoin(
            RosterEntry, col(RosterEntry.id) == first.correlate(Participant).scalar_subquery()
        )
        .where(col(Participant.competition_id) == competition.id)
    )


def _counts(
    session: Session, participants: Sequence[int | None]
) -> dict[int | None, tuple[int, int, datetime | None]]:
    """Submissions, scored ones, and when the last came: only of those on the page."""
    scored = func.sum(case((col(Submission.state) == State.SCORED, 1), else_=0))
    query = (
        select(col(Submission.participant_id), func.count(), scored, func.max(Submission.queued_at))
        .where(col(Submission.participant_id).in_([p for p in participants if p is not None]))
        .group_by(col(Submission.participant_id))
    )
    return {row[0]: (row[1], int(row[2]), row[3]) for row in session.execute(query)}
