"""Two accounts of one person become one, and can become two again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Grant, Merge, Participant, RosterEntry, Submission, Upload
from heldout_server.people import team_members


def merge(
    session: Session, actor: Actor, account: Participant, into: Participant, *, now: datetime
) -> None:
    """Give everything of `account` to `into`: submissions, quota used, grants, roster entry.

    Both tokens open `into` from then on. Merged already, nothing changes. Inverse: `unmerge`.
    Raises ProblemError `conflict` for the account itself, or for one merged elsewhere.
    """
    if account.merged_into_id == into.id:
        return
    _check(account, into)
    assert account.id is not None
    assert into.id is not None
    moved = _submissions(session, account.id)
    session.add(
        Merge(participant_id=account.id, into_id=into.id, submission_ids=moved, created_at=now)
    )
    _hand_over(session, moved, account.id, into.id)
    for table in (Grant, RosterEntry):
        session.execute(
            update(table)
            .where(col(table.participant_id) == account.id)
            .values(participant_id=into.id)
        )
    team_members.take_out(session, account)
    account.merged_into_id = into.id
    session.add(account)
    session.flush()
    events.tell_board(session, [account, into], now=now)
    after = {"into": into.public_id, "submissions": len(moved)}
    target = Target.participant(account)
    audit_log.record(session, actor, "participant.merge", target, None, after, now)


def unmerge(session: Session, actor: Actor, account: Participant, *, now: datetime) -> None:
    """Give an account its own submissions back; grants and the roster entry stay where they are.

    Raises ProblemError `conflict` when it was never merged.
    """
    found = session.get(Merge, account.id)
    if found is None:
        raise ProblemError("conflict", f"“{account.name}” was not merged into anybody.")
    into = session.get_one(Participant, found.into_id)
    assert account.id is not None
    _hand_over(session, found.submission_ids, found.into_id, account.id)
    account.merged_into_id = None
    session.add(account)
    session.delete(found)
    session.flush()
    events.tell_board(session, [account, into], now=now)
    before = {"into": into.public_id, "submissions": len(found.submission_ids)}
    target = Target.participant(account)
    audit_log.record(session, actor, "participant.unmerge", target, before, None, now)


def merged_into(session: Session, participant: Participant) -> Sequence[Participant]:
    """The accounts that are this one's now, oldest first."""
    query = select(Participant).where(col(Participant.merged_into_id) == participant.id)
    return session.execute(query.order_by(col(Participant.id))).scalars().all()


def _check(account: Participant, into: Participant) -> None:
    if account.id == into.id:
        raise ProblemError("conflict", "These are one and the same account.")
    if account.merged_into_id is not None or into.merged_into_id is not None:
        raise ProblemError(
            "conflict",
            "One of these accounts was merged into another already.",
            "Take that back first.",
        )
    if account.banned_at is not None and into.banned_at is None:
        raise ProblemError(
            "conflict", f"“{account.name}” is banned.", "Let them back, or ban the other as well."
        )


def _submissions(session: Session, participant_id: int) -> list[int]:
    query = select(col(Submission.id)).where(col(Submission.participant_id) == participant_id)
    return [found for found in session.execute(query).scalars() if found is not None]


def _hand_over(session: Session, submissions: list[int], giver: int, taker: int) -> None:
    """Keys are unique for each participant; two accounts may have used the same one."""
    for table in (Submission, Upload):
        theirs = select(col(table.idempotency_key)).where(col(table.participant_id) == taker)
        session.execute(
            update(table)
            .where(col(table.participant_id) == giver, col(table.idempotency_key).in_(theirs))
            .values(idempotency_key=col(table.public_id))
        )
    session.execute(
        update(Submission).where(col(Submission.id).in_(submissions)).values(participant_id=taker)
    )
    session.execute(
        update(Upload).where(col(Upload.participant_id) == giver).values(participant_id=taker)
    )
