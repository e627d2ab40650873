"""The audit log: every act of an organizer, written in the transaction that it records.

Append-only: there is no function here that changes an entry, and triggers in the database
refuse it to everybody else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Select, select
from sqlmodel import Session, col

from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition, Organizer, Participant

ORGANIZER = "organizer"
PARTICIPANT = "participant"
TERMINAL = "terminal"
SERVER = "server"

Facts = Mapping[str, object]
NOT_SHOWN = {"competition_id", "request_key", "request_digest"}
"""Columns of an entry that mean nothing outside of this server."""
_AS_JSON = TypeAdapter(dict[str, object])


@dataclass(frozen=True)
class Actor:
    """Who acts. `id` is a public id; None for the machine's terminal and the server itself.

    `request_key` and `request_digest` are of the request that this is done for, if it came with
    an idempotency key: see `asked`.
    """

    kind: str
    name: str
    id: str | None = None
    request_key: str | None = None
    request_digest: str | None = None

    @classmethod
    def organizer(cls, organizer: Organizer) -> Actor:
        """An organizer, over the API or the console."""
        return cls(ORGANIZER, organizer.name, organizer.public_id)

    def asked(self, key: str | None, request: bytes) -> Actor:
        """The actor of one request: its idempotency key, and all that it asks for.

        Neither is kept as it is. Requests hold passwords and secret addresses, whose plain digest
        could be guessed at; so it is keyed by the key, of which only a hash is written down.
        """
        if key is None:
            return self
        hashed = hashlib.sha256(key.encode()).hexdigest()
        digest = hmac.digest(key.encode(), request, "sha256").hex()
        return replace(self, request_key=hashed, request_digest=digest)

    def without_key(self) -> Actor:
        """For what follows from an act: the request's key belongs to the act's own entry."""
        return replace(self, request_key=None, request_digest=None)

    @classmethod
    def participant(cls, participant: Participant) -> Actor:
        """A participant, serving themselves. By id alone: whoever leaves can take their name."""
        return cls(PARTICIPANT, PARTICIPANT, participant.public_id)


AT_THE_TERMINAL = Actor(TERMINAL, "the server's terminal")
THE_SERVER = Actor(SERVER, "the server")


@dataclass(frozen=True)
class Target:
    """What is acted on: a kind, a public id or slug, and the competition it belongs to."""

    kind: str
    id: str
    competition_id: int | None = None

    @classmethod
    def competition(cls, competition: Competition) -> Target:
        """A whole competition."""
        return cls("competition", competition.slug, competition.id)

    @classmethod
    def participant(cls, participant: Participant) -> Target:
        """One participant."""
        return cls("participant", participant.public_id, participant.competition_id)


@dataclass(frozen=True)
class Wanted:
    """A filter; None means any. `action` also matches what begins with it and a dot."""

    competition_id: int | None = None
    actor_id: str | None = None
    action: str | None = None
    target_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(
    session: Session,
    actor: Actor,
    action: str,
    target: Target,
    before: Facts | None,
    after: Facts | None,
    now: datetime,
) -> AuditEntry:
    """Write down an act, in the transaction that does it.

    `action` is a noun.verb, such as `competition.pause`. `before` and `after` hold what changed;
    datetimes become ISO text. Never put a token, a password or a label in them. Raises ProblemError
    `conflict` when the request's key is used already.
    """
    used = _by_key(session, actor)
    if used is not None and _is_same(used, actor, action):
        raise ProblemError(
            "conflict", "This very request was done already.", "Nothing was done a second time."
        )
    if used is not None:
        raise _key_used(used)
    entry = AuditEntry(
        created_at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        action=action,
        target_kind=target.kind,
        target_id=target.id,
        competition_id=target.competition_id,
        before=_as_json(before),
        after=_as_json(after),
        request_key=actor.request_key,
        request_digest=actor.request_digest,
    )
    session.add(entry)
    session.flush()
    return entry


def check_key(session: Session, actor: Actor) -> None:
    """Raise ProblemError `conflict` when the request's key belongs to another request."""
    used = _by_key(session, actor)
    if used is not None and used.request_digest != actor.request_digest:
        raise _key_used(used)


def earlier(session: Session, actor: Actor, action: str) -> AuditEntry | None:
    """What this very request did before, when its idempotency key is known: the double click.

    Raises ProblemError `conflict` when the key was used for something else.
    """
    used = _by_key(session, actor)
    if used is not None and not _is_same(used, actor, action):
        raise _key_used(used)
    return used


def _by_key(session: Session, actor: Actor) -> AuditEntry | None:
    if actor.request_key is None:
        return None
    query = select(AuditEntry).where(
        col(AuditEntry.actor_id) == actor.id, col(AuditEntry.request_key) == actor.request_key
    )
    return session.execute(query).scalar_one_or_none()


def _is_same(used: AuditEntry, actor: Actor, action: str) -> bool:
    return (used.action, used.request_digest) == (action, actor.request_digest)


def _key_used(used: AuditEntry) -> ProblemError:
    return ProblemError(
        "conflict",
        f"This idempotency key was used for something else ({used.action}); nothing was done now.",
        "Make a new key for each act; in the console, open the page again.",
    )


def page(
    session: Session, wanted: Wanted, *, limit: int, before: int | None = None
) -> Sequence[AuditEntry]:
    """Up to `limit` entries, newest first, with ids below `before`."""
    query = _filtered(wanted)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    return session.execute(query.order_by(col(AuditEntry.id).desc()).limit(limit)).scalars().all()


def _filtered(wanted: Wanted) -> Select[AuditEntry]:
    query = select(AuditEntry)
    exact = {
        AuditEntry.competition_id: wanted.competition_id,
        AuditEntry.actor_id: wanted.actor_id,
        AuditEntry.target_id: wanted.target_id,
    }
    for column, value in exact.items():
        if value is not None:
            query = query.where(col(column) == value)
    if wanted.action is not None:
        named = col(AuditEntry.action)
        query = query.where(
            (named == wanted.action) | named.startswith(f"{wanted.action}.", autoescape=True)
        )
    if wanted.since is not None:
        query = query.where(col(AuditEntry.created_at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(AuditEntry.created_at) < wanted.until)
    return query


def _as_json(facts: Facts | None) -> dict[str, object] | None:
    return None if facts is None else _AS_JSON.dump_python(dict(facts), mode="json")
