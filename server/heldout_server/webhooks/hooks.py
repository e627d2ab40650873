"""Webhooks: added, changed and removed by organizers. Their secrets go in and never come out."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, col

from heldout_server.acts import removal
from heldout_server.acts.audit_log import Target
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    Ids,
    NoFields,
    Subject,
    act,
)
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.leaderboard import standings
from heldout_server.models import AuditEntry, Competition, Role, Webhook
from heldout_server.models.base import public_id
from heldout_server.tasks import catalogue, scores
from heldout_server.webhooks.addresses import AddressRefused, check_url
from heldout_server.webhooks.news import USUAL, WANTED, Format
from heldout_server.webhooks.vault import SEALED, Vault

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
class NewWebhook:
    """A wish, what seals its secrets, and whether it may be in a private network."""

    wish: Wish
    vault: Vault
    private: bool


@dataclass(frozen=True)
class Added:
    """The webhook, and the secret that is shown only now (None when it was given)."""

    webhook: Webhook
    secret: str | None


def _find(context: ActContext, ids: Ids) -> Webhook:
    return by_public_id(context.session, context.competition_id, ids["webhook_id"])


def _target(context: ActContext, webhook: Webhook) -> Target:
    return Target("webhook", webhook.public_id, webhook.competition_id)


WEBHOOK = Subject(Webhook, "/competitions/{slug}/webhooks/{webhook_id}", _find, _target)


def _of(context: ActContext, entry: AuditEntry) -> Webhook:
    return _find(context, {"webhook_id": entry.target_id})


def _added_before(context: ActContext, competition: Competition, entry: AuditEntry) -> Added:
    return Added(_of(context, entry), None)


def _set_removed(context: ActContext, webhook: Webhook, removed_at: datetime | None) -> None:
    webhook.removed_at = removed_at
    context.session.add(webhook)
    context.session.flush()


_undo_add, _undo_remove = removal.inverses(_of, lambda one: one.removed_at, _set_removed)


@act(
    "webhook.add", COMPETITION, NewWebhook, role=Role.OWNER, answers=Added, again=_added_before,
    words="added a webhook", inverse=_undo_add,
    done="“{result.webhook.name}” is added. Test it: what works now works in the event.",
)  # fmt: skip
def add_webhook(context: ActContext, competition: Competition, given: NewWebhook) -> Added:
    """Add one. Address and secret are never shown again. Inverse: remove it.

    Raises ProblemError `validation` for an address that can't be used, `conflict` for too many.
    """
    wish, vault = given.wish, given.vault
    _check(wish, competition, given.private)
    if len(of_competition(context.session, context.competition_id)) >= MOST_WEBHOOKS:
        raise ProblemError("conflict", f"A competition has at most {MOST_WEBHOOKS} webhooks.")
    secret = wish.secret or secrets.token_urlsafe(32)
    webhook = _new(context.session, competition, wish, now=context.now)
    webhook.url, webhook.secret = vault.seal(wish.url), vault.seal(secret)
    context.session.add(webhook)
    context.session.flush()
    context.record(None, facts(webhook), target=_target(context, webhook))
    return Added(webhook, secret if wish.secret is None else None)


@act(
    "webhook.remove", WEBHOOK, NoFields, role=Role.OWNER, label="Remove",
    words="removed a webhook", inverse=_undo_remove,
    done="“{subject.name}” is removed: nothing is sent to it any more.",
)  # fmt: skip
def remove_webhook(context: ActContext, webhook: Webhook, given: NoFields) -> None:
    """Send nothing to it any more, nor what waits to be sent."""
    if webhook.removed_at is None:
        _set_removed(context, webhook, context.now)
        context.record(facts(webhook), None)


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


def of_competition(session: Session, competition_id: int) -> list[Webhook]:
    """The competition's webhooks, oldest first."""
    found = session.execute(_in_use(), {"competition": competition_id})
    return list(found.scalars())


@cache
def _in_use() -> Select[Any]:
    """Made once, since each event asks it."""
    of_one = col(Webhook.competition_id) == bindparam("competition")
    query = select(Webhook).where(of_one, col(Webhook.removed_at).is_(None))
    return query.order_by(col(Webhook.id))


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


def reaches(competition: Competition, score: float, threshold: float) -> bool:
    """Whether a score is as good as a threshold, which is a figure as people read it."""
    return score >= scores.score(threshold, competition.metric)


def _new(session: Session, competition: Competition, wish: Wish, *, now: datetime) -> Webhook:
    assert competition.id is not None
    leader = next(iter(standings.page(session, competition.id, limit=1).rows), None)
    # What is reached already is no news.
    best = leader.score if leader is not None else None
    crossed = [t for t in wish.thresholds if best is not None and reaches(competition, best, t)]
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


def _check(wish: Wish, competition: Competition, private: bool) -> None:
    try:
        check_url(wish.url, private=private)
    except AddressRefused as refused:
        raise ProblemError("validation", str(refused)) from None
    unknown = set(wish.kinds) - set(WANTED)
    if unknown or not wish.kinds:
        raise ProblemError(
            "validation", "A webhook tells of some of these.", f"{', '.join(WANTED)}."
        )
    metric = catalogue.metric(competition.metric)
    are_figures = all(metric.lowest <= t <= metric.highest for t in wish.thresholds)
    are_plain = all(math.isfinite(t) and t != metric.lowest for t in wish.thresholds)
    if len(wish.thresholds) > MOST_THRESHOLDS or not (are_figures and are_plain):
        between = " between 0 and 1" if (metric.lowest, metric.highest) == (0, 1) else ""
        raise ProblemError(
            "validation",
            f"Thresholds are at most {MOST_THRESHOLDS} scores{between}.",
            f"They are figures of {metric.label}, as the board shows them.",
        )
