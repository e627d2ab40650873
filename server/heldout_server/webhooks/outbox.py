"""The outbox: messages written in the very transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import ActContext, NoFields, act
from heldout_server.competitions import schedule
from heldout_server.competitions.schedule import Phase
from heldout_server.kit.db import on_commit
from heldout_server.leaderboard import standings
from heldout_server.models import Competition, Event, Role, Webhook, WebhookDelivery
from heldout_server.models.base import public_id
from heldout_server.tasks import scores
from heldout_server.webhooks import hooks
from heldout_server.webhooks.hooks import WEBHOOK
from heldout_server.webhooks.news import News

WEBHOOKS_TOPIC = "webhooks"
CLOSING_SOON = timedelta(minutes=10)
TOLD_OTHERWISE = frozenset({EventKind.FROZEN, EventKind.REVEALED, EventKind.CONCEALED})


def note(session: Session, event: Event) -> None:
    """Called in the transaction of every event: write what it means to the outbox."""
    kind = EventKind(event.kind)
    if kind.moves_board and kind not in TOLD_OTHERWISE:
        _note_leader(session, event)
    elif kind is EventKind.FROZEN:
        competition = session.get_one(Competition, event.competition_id)
        _tell_phase(session, competition, now=event.created_at)
    elif kind is EventKind.REVEALED:
        competition = session.get_one(Competition, event.competition_id)
        words = "the final standings are revealed."
        _tell_time(
            session, competition, News.REVEALED, words, event.created_at, now=event.created_at
        )


def enqueue(
    session: Session,
    webhook: Webhook,
    kind: News,
    text: str,
    *,
    key: str,
    now: datetime,
    **data: Any,
) -> WebhookDelivery | None:
    """Write one message, unless the same news (`key`) is there; the sender wakes at the commit."""
    known = select(col(WebhookDelivery.id)).where(
        col(WebhookDelivery.webhook_id) == webhook.id, col(WebhookDelivery.key) == key
    )
    if session.execute(known).first() is not None:
        return None
    assert webhook.id is not None
    delivery = WebhookDelivery(
        public_id=public_id("d"),
        webhook_id=webhook.id,
        key=key,
        kind=kind,
        text=text,
        data=data,
        next_at=now,
        created_at=now,
    )
    session.add(delivery)
    session.flush()
    on_commit(session, WEBHOOKS_TOPIC)
    return delivery


@act(
    "webhook.test", WEBHOOK, NoFields, route="POST /test", role=Role.OWNER, status=202,
    answers=WebhookDelivery,
    label="Send a test", words="tested a webhook",
    done="A test message is on its way; below is how it went.",
)  # fmt: skip
def test_webhook(context: ActContext, webhook: Webhook, given: NoFields) -> WebhookDelivery:
    """Send a message on the way that all take; look at the deliveries for how it went."""
    competition = context.competition
    key = f"{News.TEST}:{public_id('t')}"
    text = f"{competition.title}: this webhook works."
    made = enqueue(
        context.session, webhook, News.TEST, text,
        key=key, now=context.now, competition=competition.slug,
    )  # fmt: skip
    assert made is not None
    context.record(None, None)
    return made


def tell_the_time(session: Session, *, now: datetime) -> None:
    """Opened, closing soon, frozen: once for each opening, closing and freezing time."""
    for competition in with_webhooks(session):
        _tell_phase(session, competition, now=now)


def _tell_phase(session: Session, competition: Competition, *, now: datetime) -> None:
    opens_at, closes_at, freeze_at = (
        competition.opens_at, competition.closes_at, competition.freeze_at,
    )  # fmt: skip
    is_open = schedule.phase(competition, now) is Phase.OPEN
    if is_open and opens_at is not None:
        _tell_time(session, competition, News.OPENED, "it is open.", opens_at, now=now)
    if is_open and closes_at is not None and closes_at - now <= CLOSING_SOON:
        words = f"it closes at {closes_at.astimezone(ZoneInfo(competition.timezone)):%H:%M}."
        _tell_time(session, competition, News.CLOSING_SOON, words, closes_at, now=now)
    if freeze_at is not None and schedule.is_frozen(competition, now):
        words = "the board is frozen; scores go on in secret."
        _tell_time(session, competition, News.FROZEN, words, freeze_at, now=now)


def tell_health(session: Session, problems: Iterable[str], *, now: datetime) -> None:
    """The scorer fails (once for each time that it begins to), or works again (silently)."""
    wrong = list(problems)
    for competition in with_webhooks(session):
        assert competition.id is not None
        for webhook in hooks.of_competition(session, competition.id):
            if webhook.unhealthy == bool(wrong):
                continue
            webhook.unhealthy = bool(wrong)
            session.add(webhook)
            if wrong and News.SCORER_UNHEALTHY in webhook.kinds:
                text = f"{competition.title}: the scorer needs a look ({'; '.join(wrong)})."
                key = f"{News.SCORER_UNHEALTHY}:{now.isoformat()}"
                enqueue(session, webhook, News.SCORER_UNHEALTHY, text, key=key, now=now)


def _note_leader(session: Session, event: Event) -> None:
    found = hooks.of_competition(session, event.competition_id)
    if not found:
        return
    leader = next(iter(standings.page(session, event.competition_id, limit=1).rows), None)
    if leader is None:
        return
    competition = session.get_one(Competition, event.competition_id)
    for webhook in found:
        _tell_leader(session, competition, webhook, leader, event)
        _tell_thresholds(session, competition, webhook, leader, event)


def _tell_leader(
    session: Session,
    competition: Competition,
    webhook: Webhook,
    leader: standings.Standing,
    event: Event,
) -> None:
    if webhook.leader_id == leader.participant_id:
        return
    webhook.leader_id = leader.participant_id
    session.add(webhook)
    if News.NEW_LEADER in webhook.kinds:
        enqueue(
            session,
            webhook,
            News.NEW_LEADER,
            f"{competition.title}: {leader.participant_name} takes the lead with "
            f"{scores.text(leader.score, competition.metric)}.",
            # Not by the event: after an undo the same submission leads once more.
            key=f"{News.NEW_LEADER}:{leader.participant_id}:{leader.submission_id}",
            now=event.created_at,
            **_facts(competition, leader),
        )


def _tell_thresholds(
    session: Session,
    competition: Competition,
    webhook: Webhook,
    leader: standings.Standing,
    event: Event,
) -> None:
    reached = [
        t
        for t in webhook.thresholds
        if t not in webhook.crossed and hooks.reaches(competition, leader.score, t)
    ]
    if not reached:
        return
    webhook.crossed = [*webhook.crossed, *reached]
    session.add(webhook)
    for threshold in reached if News.THRESHOLD in webhook.kinds else ():
        enqueue(
            session,
            webhook,
            News.THRESHOLD,
            _over(competition, leader, threshold),
            key=f"{News.THRESHOLD}:{threshold}",
            now=event.created_at,
            threshold=threshold,
            **_facts(competition, leader),
        )


def _over(competition: Competition, leader: standings.Standing, threshold: float) -> str:
    metric = competition.metric
    past = "below" if scores.is_loss(metric) else "over"
    return (
        f"{competition.title}: {leader.participant_name} is the first {past} "
        f"{scores.read(threshold, metric)}, with {scores.text(leader.score, metric)}."
    )


def _tell_time(
    session: Session,
    competition: Competition,
    kind: News,
    words: str,
    moment: datetime,
    *,
    now: datetime,
) -> None:
    assert competition.id is not None
    for webhook in asking(session, competition.id, kind):
        if webhook.created_at > moment:
            continue  # it was so before anybody asked
        key = f"{kind}:{moment.isoformat()}"
        text = f"{competition.title}: {words}"
        enqueue(session, webhook, kind, text, key=key, now=now, competition=competition.slug)


def _facts(competition: Competition, leader: standings.Standing) -> dict[str, Any]:
    return {
        "competition": competition.slug,
        "participant": leader.participant_name,
        "participant_id": leader.participant_id,
        "submission_id": leader.submission_id,
        "score": scores.figure(leader.score, competition.metric),
        "score_text": scores.text(leader.score, competition.metric),
        "metric": competition.metric,
        "direction": scores.direction(competition.metric).value,
    }


def asking(session: Session, competition_id: int, kind: News) -> list[Webhook]:
    """The competition's webhooks that want this kind."""
    return [w for w in hooks.of_competition(session, competition_id) if kind in w.kinds]


def with_webhooks(session: Session) -> list[Competition]:
    """Every competition that tells somebody of something."""
    ids = select(col(Webhook.competition_id)).where(col(Webhook.removed_at).is_(None))
    query = select(Competition).where(col(Competition.id).in_(ids)).order_by(col(Competition.id))
    return list(session.execute(query).scalars())
