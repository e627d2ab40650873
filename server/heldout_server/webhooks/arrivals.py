"""Who has come, and whose submission was the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts.events import EventKind
from heldout_server.leaderboard import audience
from heldout_server.models import Competition, Event, Participant, Submission, Webhook
from heldout_server.models import WebhookDelivery as Delivery
from heldout_server.webhooks.news import News
from heldout_server.webhooks.outbox import asking, enqueue, with_webhooks

MOST_NAMES = 5


def note(session: Session, event: Event) -> None:
    """Called in the transaction of every event: tell of the competition's first submission."""
    if EventKind(event.kind) is not EventKind.QUEUED or event.submission_id is None:
        return
    found = asking(session, event.competition_id, News.FIRST_SUBMISSION)
    if not found or not _is_first(session, event):
        return
    submission = session.get_one(Submission, event.submission_id)
    participant = session.get_one(Participant, submission.participant_id)
    competition = session.get_one(Competition, event.competition_id)
    told = audience.is_shown(session, competition, participant)
    name = audience.name(competition, participant) if told else "somebody"
    text = f"{competition.title}: the first submission is in, by {name}."
    for webhook in found:
        enqueue(
            session, webhook, News.FIRST_SUBMISSION, text, key=News.FIRST_SUBMISSION,
            now=event.created_at, competition=competition.slug, participant=name,
        )  # fmt: skip


def tell(session: Session, *, now: datetime) -> None:
    """Who joined since the last message, all in one: a room comes within a minute."""
    for competition in with_webhooks(session):
        assert competition.id is not None
        for webhook in asking(session, competition.id, News.JOINED):
            came = _since(session, webhook)
            if came:
                _tell(session, competition, webhook, came, now=now)


def _tell(
    session: Session,
    competition: Competition,
    webhook: Webhook,
    came: Sequence[Participant],
    *,
    now: datetime,
) -> None:
    told = [one for one in came if audience.is_shown(session, competition, one)]
    names = [audience.name(competition, one) for one in told]
    others = len(came) - len(names[:MOST_NAMES])
    who = ", ".join(names[:MOST_NAMES]) or f"{others} {'person' if others == 1 else 'people'}"
    more = f" and {others} more" if others and names else ""
    text = f"{competition.title}: {who}{more} joined."
    last = came[-1].id
    key = f"{News.JOINED}:{last}"
    enqueue(
        session, webhook, News.JOINED, text, key=key, now=now,
        competition=competition.slug, participants=names, last=last,
    )  # fmt: skip


def _is_first(session: Session, event: Event) -> bool:
    earlier = select(col(Submission.id)).where(
        col(Submission.competition_id) == event.competition_id,
        col(Submission.id) < event.submission_id,
    )
    return session.execute(earlier.limit(1)).first() is None


def _since(session: Session, webhook: Webhook) -> Sequence[Participant]:
    told = (
        select(Delivery)
        .where(col(Delivery.webhook_id) == webhook.id, col(Delivery.kind) == News.JOINED)
        .order_by(col(Delivery.id).desc())
        .limit(1)
    )
    last = session.execute(told).scalar_one_or_none()
    query = select(Participant).where(
        col(Participant.competition_id) == webhook.competition_id,
        col(Participant.id) > (int(str(last.data["last"])) if last else 0),
        col(Participant.joined_at) >= webhook.created_at,
        col(Participant.merged_into_id).is_(None),
    )
    return session.execute(query.order_by(col(Participant.id))).scalars().all()
