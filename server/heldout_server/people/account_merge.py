"""Two accounts of one person become one, and can become two again."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field
from sqlalchemy import select, update
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.registry import ActContext, NoFields, act
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    AuditEntry,
    Grant,
    Merge,
    Participant,
    RosterEntry,
    Submission,
    Upload,
)
from heldout_server.people import lookup, participants, persons, sign_ins, team_members
from heldout_server.people.participants import PARTICIPANT


class MergeIn(BaseModel):
    """The account that is kept."""

    into: str = Field(
        max_length=100,
        title="The account to keep",
        description="A name, an e-mail address, a reference or a participant's id.",
        examples=["p_2vJr0kq3XQ1a"],
    )


def _merged_before(context: ActContext, account: Participant, entry: AuditEntry) -> Participant:
    into = str((entry.after or {})["into"])
    return participants.by_public_id(context.session, context.competition, into)


@act(
    "participant.merge", PARTICIPANT, MergeIn, route="POST /merge", answers=Participant,
    again=_merged_before, label="Merge into another account", words="merged two accounts",
    done="“{subject.name}” belongs to “{result.name}” now; both codes open it. "
    "The page of “{result.name}” takes it apart again.",
)  # fmt: skip
def merge_participant(context: ActContext, account: Participant, given: MergeIn) -> Participant:
    """Give everything of this account to another one of the same person, which is the answer:
    submissions, used quota, grants, the entry on the roster. Both tokens open it. Inverse: unmerge.
    """
    session = context.session
    into = lookup.named(session, context.competition, given.into, field="into")
    if account.merged_into_id == into.id:
        return into
    _check(account, into)
    assert account.id is not None
    assert into.id is not None
    moved = _submissions(session, account.id)
    session.add(
        Merge(
            participant_id=account.id,
            into_id=into.id,
            submission_ids=moved,
            created_at=context.now,
        )
    )
    _hand_over(session, moved, account.id, into.id)
    for table in (Grant, RosterEntry):
        session.execute(
            update(table)
            .where(col(table.participant_id) == account.id)
            .values(participant_id=into.id)
        )
    left = team_members.take_out(session, account)
    remaining = team_members.members(session, left) if left is not None else ()
    account.merged_into_id = into.id
    session.add(account)
    session.flush()
    events.tell_board(session, [account, into, *remaining[:1]], now=context.now)
    context.record(None, {"into": into.public_id, "submissions": len(moved)})
    return into


@act(
    "participant.unmerge", PARTICIPANT, NoFields, route="POST /unmerge", label="Take apart",
    words="took a merge back", done="“{subject.name}” is an account of its own again.",
)  # fmt: skip
def unmerge_participant(context: ActContext, account: Participant, given: NoFields) -> None:
    """Give an account its own submissions back; grants and the entry on the roster stay where they
    are. Inverse: merge.
    """
    session = context.session
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
    events.tell_board(session, [account, into], now=context.now)
    context.record({"into": into.public_id, "submissions": len(found.submission_ids)}, None)


def merged_into(session: Session, participant: Participant) -> Sequence[Participant]:
    """The accounts that are this one's now, oldest first."""
    query = select(Participant).where(col(Participant.merged_into_id) == participant.id)
    return session.execute(query.order_by(col(Participant.id))).scalars().all()


def sign_out(session: Session, participant: Participant, *, but: str | None = None) -> None:
    """Everywhere `but` where this secret is held: in all contests of the same person, by whichever
    of their accounts. A new personal code is to follow, since it ends theirs, too.
    """
    for each in persons.accounts(session, participant):
        sign_ins.end_others(session, each, but)


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
