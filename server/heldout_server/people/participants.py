"""Participants as organizers see and mend them: lists, names, tokens, extra time, grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, or_, select
from sqlmodel import Session, col

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.competitions.settings_acts import check_minutes
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import (
    Competition,
    Grant,
    Participant,
    RosterEntry,
    State,
    Submission,
    Team,
)
from heldout_server.models.base import public_id
from heldout_server.people import account_merge, display, personal_codes, sign_ins
from heldout_server.people.names import clean_name, display_name, name_key
from heldout_server.people.tokens import PARTICIPANT_PREFIX, new_token, token_hash

EXTEND, GRANT = "participant.extend", "participant.grant"
LONGEST_REASON = 500
LARGEST_GRANT = 1000


@dataclass(frozen=True)
class Wanted:
    """A filter; None means any. `search` looks into names, e-mails and references."""

    search: str | None = None
    team_id: int | None = None
    banned: bool | None = None


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


def page(
    session: Session, competition: Competition, wanted: Wanted, *, limit: int, after: int = 0
) -> Sequence[Account]:
    """Up to `limit` participants with ids above `after`, who joined first comes first."""
    query = _filtered(competition, wanted).where(col(Participant.id) > after)
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


def rename(
    session: Session, actor: Actor, participant: Participant, name: str, *, now: datetime
) -> None:
    """Give somebody another display name. Raises ProblemError `duplicate_name`, `validation`."""
    shown = clean_name(name)
    if shown == participant.name:
        return
    check_free(session, participant, display_name(shown))
    before = {"name": participant.name}
    display.give(participant, shown)
    session.add(participant)
    session.flush()
    target = Target.participant(participant)
    audit_log.record(session, actor, "participant.rename", target, before, {"name": shown}, now)


def check_free(session: Session, participant: Participant, name: str) -> None:
    """Raise ProblemError `duplicate_name` when somebody else in the competition is called so, or
    looks so.
    """
    display.check_free(session, participant.competition_id, name, besides=participant.id)


@dataclass(frozen=True)
class Secrets:
    """What is shown only now."""

    token: str
    personal_code: str


def reset_token(
    session: Session, actor: Actor, participant: Participant, *, now: datetime
) -> Secrets:
    """A new token and a new personal code; everything that they were signed in on is signed out.

    It can't be taken back.
    """
    _sign_out(session, participant, None)
    token = new_token(PARTICIPANT_PREFIX)
    participant.token_hash = token_hash(token)
    code = personal_codes.give(session, participant)
    target = Target.participant(participant)
    audit_log.record(session, actor, "participant.reset_token", target, None, None, now)
    return Secrets(token, code)


def renew_code(
    session: Session,
    actor: Actor,
    participant: Participant,
    *,
    sign_out: bool = False,
    but: str | None = None,
    now: datetime,
) -> str:
    """A new personal code; the one before stops working. It can't be taken back.

    Who is signed in stays so; with `sign_out`, only the machine or browser with the secret `but`.
    """
    if sign_out:
        _sign_out(session, participant, but)
    code = personal_codes.give(session, participant)
    target, after = Target.participant(participant), {"signed_out": sign_out}
    audit_log.record(session, actor, "participant.renew_code", target, None, after, now)
    return code


def extend(
    session: Session, actor: Actor, participant: Participant, minutes: int, *, now: datetime
) -> None:
    """Give one participant `minutes` after the closing time, on top of what they have.

    Negative takes away. Sent again with the same idempotency key, it adds nothing.
    """
    if audit_log.earlier(session, actor, EXTEND) is not None:
        return
    check_minutes(minutes)
    before = {"extra_minutes": participant.extra_minutes}
    participant.extra_minutes = max(participant.extra_minutes + minutes, 0)
    session.add(participant)
    after = {"extra_minutes": participant.extra_minutes}
    target = Target.participant(participant)
    audit_log.record(session, actor, EXTEND, target, before, after, now)


def grant(
    session: Session,
    actor: Actor,
    participant: Participant,
    extra: int,
    *,
    reason: str = "",
    now: datetime,
) -> Grant:
    """Give `extra` submissions on top of today's quota and of the total. Inverse: `revoke_grant`.

    Sent again with the same idempotency key, the answer is the first grant. Raises ProblemError
    `validation`.
    """
    repeated = audit_log.earlier(session, actor, GRANT)
    if repeated is not None and repeated.after is not None:
        return grant_by_public_id(session, participant, str(repeated.after["grant"]))
    if not 1 <= extra <= LARGEST_GRANT:
        raise ProblemError("validation", f"A grant is of 1 to {LARGEST_GRANT} submissions.")
    assert participant.id is not None
    given = Grant(
        public_id=public_id("g"),
        participant_id=participant.id,
        extra=extra,
        reason=printable(reason, LONGEST_REASON),
        created_at=now,
    )
    session.add(given)
    session.flush()
    after = {"grant": given.public_id, "extra": extra, "reason": given.reason}
    target = Target.participant(participant)
    audit_log.record(session, actor, GRANT, target, None, after, now)
    return given


def revoke_grant(
    session: Session, actor: Actor, participant: Participant, given: Grant, *, now: datetime
) -> None:
    """Take a grant back; doing so twice changes nothing. What was submitted with it stays."""
    if given.revoked_at is not None:
        return
    given.revoked_at = now
    session.add(given)
    before = {"grant": given.public_id, "extra": given.extra}
    target = Target.participant(participant)
    audit_log.record(session, actor, "participant.revoke_grant", target, before, None, now)


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


def _sign_out(session: Session, participant: Participant, but: str | None) -> None:
    """Everywhere, also where somebody came in by a second account that is this one's now."""
    sign_ins.end_others(session, participant, but)
    for second in account_merge.merged_into(session, participant):
        sign_ins.end_others(session, second, but)
        second.code_hash = None
        session.add(second)


def _filtered(
    competition: Competition, wanted: Wanted
) -> Select[Participant, Team | None, RosterEntry | None]:
    query = _joined(competition).where(col(Participant.merged_into_id).is_(None))
    if wanted.search:
        key = name_key(wanted.search.strip())
        query = query.where(
            or_(
                col(Participant.name_key).contains(key, autoescape=True),
                col(RosterEntry.name_key).contains(key, autoescape=True),
                func.lower(RosterEntry.email).contains(key, autoescape=True),
                func.lower(RosterEntry.reference).contains(key, autoescape=True),
            )
        )
    if wanted.team_id is not None:
        query = query.where(col(Participant.team_id) == wanted.team_id)
    if wanted.banned is not None:
        is_banned = col(Participant.banned_at).is_not(None)
        query = query.where(is_banned if wanted.banned else ~is_banned)
    return query


def _joined(competition: Competition) -> Select[Participant, Team | None, RosterEntry | None]:
    return (
        select(Participant, Team, RosterEntry)
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .outerjoin(RosterEntry, col(RosterEntry.participant_id) == col(Participant.id))
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
