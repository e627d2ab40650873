"""Forgetting who took part, some days after a contest's end: names and files go, scores stay.

What is to be done is a query: the contests whose time is over and of which something is left. So it
may run twice, be killed in between, or come late; and it goes on where one was opened again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.audit_log import THE_SERVER
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import COMPETITION, ActContext, act
from heldout_server.competitions import queries, schedule
from heldout_server.competitions.freeze_and_reveal import under_way
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    ClassInsight,
    Competition,
    FileState,
    Grant,
    ModerationNote,
    Participant,
    Role,
    RosterEntry,
    Run,
    Submission,
    Team,
    Upload,
    Webhook,
    WebhookDelivery,
)
from heldout_server.people import account_deletion


class ForgetIn(BaseModel):
    """Forgetting is for good: repeat the competition's slug."""

    confirm: str = Field(max_length=60, title="The competition's address", examples=["mnist"])


@act(
    "competition.forget", COMPETITION, ForgetIn, route="POST /forget", role=Role.OWNER,
    words="had names and files deleted", label="Delete names and files", is_bad=True,
    bars_undo=True, done="Names and files are deleted; scores stay, without a name.",
)  # fmt: skip
def forget_people(context: ActContext, competition: Competition, given: ForgetIn) -> None:
    """Delete for good who took part, and the files that they sent; the body repeats the slug.

    Names, sign-ins, roster, teams' names, reasons, run cards and files' names go, and uploaded
    files from the store. Scores and places stay, without a name. Refused while it takes
    submissions or scores some. Has no inverse.
    """
    _check(context.session, competition, given.confirm, context.now)
    before = {"participants": _forget_everybody(context.session, competition, now=context.now)}
    _forget_the_rest(context.session, competition)
    events.append(
        context.session, EventKind.RERANKED, competition_id=context.competition_id, now=context.now
    )
    context.record(before, {})


def deletes_at(competition: Competition) -> datetime | None:
    """When names and files go by themselves; None: it has no end yet, or they are kept."""
    ended = schedule.ended_at(competition)
    if ended is None or competition.retention_days is None:
        return None
    return ended + timedelta(days=competition.retention_days)


def outstanding(session: Session, *, now: datetime) -> list[Competition]:
    """The contests whose time is over and of which something is left, but those at work."""
    kept_for_a_time = col(Competition.retention_days).is_not(None)
    found = session.execute(select(Competition).where(kept_for_a_time)).scalars()
    return [
        one
        for one in found
        if (due := deletes_at(one)) is not None
        and due <= now
        and knows_people(session, one)
        and not under_way(session, one)
    ]


def forget_due(session: Session, *, now: datetime) -> list[str]:
    """Forget who took part in one contest that is due; the slugs that were done.

    One a call, so that the transaction of a large one doesn't wait for another.
    """
    for one in outstanding(session, now=now)[:1]:
        held = queries.by_slug(session, one.slug, lock=True)
        if not knows_people(session, held):
            return []  # another process has done it while this one waited for the lock
        context = ActContext(session, THE_SERVER, now, held)
        forget_people.perform(context, held, ForgetIn(confirm=held.slug))
        return [held.slug]
    return []


def knows_people(session: Session, competition: Competition) -> bool:
    """Whether a name or a file of it is left."""
    left: list[ColumnElement[bool]] = [
        exists().where(
            col(Participant.competition_id) == competition.id, col(Participant.left_at).is_(None)
        ),
        exists().where(col(RosterEntry.competition_id) == competition.id),
        exists().where(
            col(Submission.competition_id) == competition.id,
            col(Submission.file_state) == FileState.KEPT,
        ),
    ]
    return bool(session.execute(select(or_(*left))).scalar())


def _check(session: Session, competition: Competition, confirmation: str, now: datetime) -> None:
    if confirmation.strip() != competition.slug:
        raise ProblemError(
            "validation",
            "Names and files are deleted for good, so the competition's address must be repeated.",
            f"Type {competition.slug}.",
            field="confirm",
        )
    if schedule.phase(competition, now) is not schedule.Phase.CLOSED:
        raise ProblemError(
            "conflict", "This competition is not over.", "Close or archive it first."
        )
    if under_way(session, competition):
        raise ProblemError(
            "conflict",
            "Some of its submissions are still being scored.",
            "Wait until its queue is empty, or stop them under “Queue”.",
        )


def _forget_everybody(session: Session, competition: Competition, *, now: datetime) -> int:
    query = select(Participant).where(
        col(Participant.competition_id) == competition.id, col(Participant.left_at).is_(None)
    )
    people = list(session.execute(query).scalars())
    for one in people:
        account_deletion.forget(session, one, now=now)
    return len(people)


def _forget_the_rest(session: Session, competition: Competition) -> None:
    """Files, reasons, the roster, teams' names, and what webhooks were told."""
    here = competition.id
    people = select(col(Participant.id)).where(col(Participant.competition_id) == here)
    sent = select(col(Submission.id)).where(col(Submission.competition_id) == here)
    hooks = select(col(Webhook.id)).where(col(Webhook.competition_id) == here)
    _run(session, delete(RosterEntry).where(col(RosterEntry.competition_id) == here))
    _run(session, delete(Upload).where(col(Upload.competition_id) == here))
    _run(session, delete(ClassInsight).where(col(ClassInsight.competition_id) == here))
    _run(session, update(Run).where(col(Run.competition_id) == here).values(study=None))
    _run(session, delete(WebhookDelivery).where(col(WebhookDelivery.webhook_id).in_(hooks)))
    _run(session, update(Grant).where(col(Grant.participant_id).in_(people)).values(reason=""))
    _run(session, update(Participant).where(col(Participant.id).in_(people)).values(ban_reason=""))
    noted = update(ModerationNote).where(col(ModerationNote.submission_id).in_(sent))
    _run(session, noted.values(reason=""))
    kept = update(Submission).where(
        col(Submission.competition_id) == here, col(Submission.file_state) == FileState.KEPT
    )
    _run(session, kept.values(file_state=FileState.UNNEEDED))
    for team in session.execute(select(Team).where(col(Team.competition_id) == here)).scalars():
        account_deletion.forget_team(team)
    session.flush()


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
