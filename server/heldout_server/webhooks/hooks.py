"""Webhooks: added, changed and removed by organizers. Their secrets go in and never come out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts import audit_log, undo
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.leaderboard import standings
from heldout_server.models import AuditEntry, Competition, Webhook
from heldout_server.models.base import public_id
from heldout_server.webhooks.addresses import AddressRefused, check_url
from heldout_server.webhooks.news import USUAL, WANTED, Format
from heldout_server.webhooks.vault import SEALED, Vault

ADD, REMOVE = "webhook.add", "webhook.remove"
LONGEST_NAME = 60
MOST_WEBHOOKS = 10
MOST_THRESHOLDS = 20


@dataclass(frozen=True)
class Wish:
    """What organizers ask for. `secret` None: one is made up."""

    url: str
    format: Format
    name: str = ""
    secret: str | None = None
    kinds: tuple[str, ...] = USUAL
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Added:
    """The webhook, and the secret that is shown only now (None when it was given)."""

    webhook: Webhook
    secret: str | None


def add(
    session: Session,
    actor: Actor,
    competition: Competition,
    wish: Wish,
    vault: Vault,
    *,
    private: bool,
    now: datetime,
) -> Added:
    """Add a webhook. `private`: whether it may be in a private network.

    Raises ProblemError `validation` for an address that can't be used, `conflict` for too many.
    """
    assert competition.id is not None
    repeated = audit_log.earlier(session, actor, ADD)
    if repeated is not None:
        return Added(by_public_id(session, competition.id, repeated.target_id), None)
    _check(wish, private)
    if len(of_competition(session, competition.id)) >= MOST_WEBHOOKS:
        raise ProblemError("conflict", f"A competition has at most {MOST_WEBHOOKS} webhooks.")
    secret = wish.secret or secrets.token_urlsafe(32)
    webhook = _new(session, competition, wish, now=now)
    webhook.url, webhook.secret = vault.seal(wish.url), vault.seal(secret)
    session.add(webhook)
    session.flush()
    audit_log.record(session, actor, ADD, target_of(webhook), None, facts(webhook), now)
    return Added(webhook, secret if wish.secret is None else None)


def seal_all(session: Session, vault: Vault) -> int:
    """Seal what an earlier version stored as plain text; how many webhooks."""
    plain = select(Webhook).where(~col(Webhook.url).startswith(SEALED, autoescape=True))
    found = list(session.execute(plain).scalars())
    for webhook in found:
        webhook.url, webhook.secret = vault.seal(webhook.url), vault.seal(webhook.secret)
        session.add(webhook)
    session.flush()
    return len(found)


def unreadable(session: Session, vault: Vault) -> list[Webhook]:
    """Webhooks that are in use and can't be sent to, since their key isn't here."""
    query = select(Webhook).where(col(Webhook.removed_at).is_(None))
    found = session.execute(query.order_by(col(Webhook.id))).scalars()
    return [one for one in found if not (vault.opens(one.url) and vault.opens(one.secret))]


def remove(session: Session, actor: Actor, webhook: Webhook, *, now: datetime) -> None:
    """Send nothing to it any more; twice is harmless."""
    if webhook.removed_at is None:
        webhook.removed_at = now
        session.add(webhook)
        session.flush()
        audit_log.record(session, actor, REMOVE, target_of(webhook), facts(webhook), None, now)


def of_competition(session: Session, competition_id: int) -> list[Webhook]:
    """The competition's webhooks, oldest first."""
    query = select(Webhook).where(
        col(Webhook.competition_id) == competition_id, col(Webhook.removed_at).is_(None)
    )
    return list(session.execute(query.order_by(col(Webhook.id))).scalars())


def by_public_id(session: Session, competition_id: int, public_id: str) -> Webhook:
    """The webhook of this competition. Raises ProblemError `not_found`."""
    query = select(Webhook).where(
        col(Webhook.competition_id) == competition_id, col(Webhook.public_id) == public_id
    )
    found: Webhook | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "This competition has no webhook with this id.")
    return found


def facts(webhook: Webhook) -> dict[str, object]:
    """What may be written down of it."""
    return {
        "name": webhook.name,
        "format": webhook.format,
        "host": webhook.host,
        "kinds": webhook.kinds,
        "thresholds": webhook.thresholds,
    }


def _new(session: Session, competition: Competition, wish: Wish, *, now: datetime) -> Webhook:
    assert competition.id is not None
    leader = next(iter(standings.page(session, competition.id, limit=1).rows), None)
    # What is reached already is no news.
    crossed = [t for t in wish.thresholds if leader is not None and leader.score >= t]
    return Webhook(
        public_id=public_id("w"),
        competition_id=competition.id,
        name=printable(wish.name, LONGEST_NAME) or wish.format.value,
        format=wish.format,
        url="",
        secret="",
        # The path of a Discord or Slack hook is a secret.
        host=urlsplit(wish.url).hostname or "",
        kinds=sorted(set(wish.kinds)),
        thresholds=sorted(set(wish.thresholds)),
        leader_id=leader.participant_id if leader else None,
        crossed=crossed,
        created_at=now,
    )


def _check(wish: Wish, private: bool) -> None:
    try:
        check_url(wish.url, private=private)
    except AddressRefused as refused:
        raise ProblemError("validation", str(refused)) from None
    unknown = set(wish.kinds) - set(WANTED)
    if unknown or not wish.kinds:
        raise ProblemError(
            "validation", "A webhook tells of some of these.", f"{', '.join(WANTED)}."
        )
    if len(wish.thresholds) > MOST_THRESHOLDS or not all(0 < t <= 1 for t in wish.thresholds):
        raise ProblemError(
            "validation", f"Thresholds are at most {MOST_THRESHOLDS} scores between 0 and 1."
        )


def target_of(webhook: Webhook) -> Target:
    """The webhook as the audit log names it."""
    return Target("webhook", webhook.public_id, webhook.competition_id)


def _undo_add(session: Session, act: AuditEntry, now: datetime) -> None:
    found = by_public_id(session, act.competition_id or 0, act.target_id)
    if found.removed_at is not None:
        raise undo.changed_since(act)
    found.removed_at = now
    session.add(found)


def _undo_remove(session: Session, act: AuditEntry, now: datetime) -> None:
    found = by_public_id(session, act.competition_id or 0, act.target_id)
    if found.removed_at is None:
        raise undo.changed_since(act)
    found.removed_at = None
    session.add(found)


undo.register(ADD, _undo_add)
undo.register(REMOVE, _undo_remove)
