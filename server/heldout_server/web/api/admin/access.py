"""Who may use the admin API: organizers by token or signed in, and owners where it matters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlmodel import Session

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Organizer, Role
from heldout_server.people import joining, organizer_sessions, organizers
from heldout_server.web.deps import Now, ServicesDep

# Shown in OpenAPI as the scope that a route needs, so that nobody has to guess.
OWNER = Role.OWNER.value
bearer = HTTPBearer(
    auto_error=False,
    scheme_name="organizer",
    description="An organizer's token (`ho_…`), or the one that signing in gave.",
)
READ_WHOLE = frozenset({"application/json", "text/csv"})
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=8,
        max_length=200,
        description="Made once for each act: sent again, it changes nothing a second time.",
    ),
]


def calling_organizer(
    services: ServicesDep, given: Given, now: Now, needed: SecurityScopes
) -> Organizer:
    """Raises ProblemError `unauthorized`; `forbidden` for participants, and for helpers where a
    route asks for `OWNER`.
    """
    if given is None:
        raise ProblemError(
            "unauthorized",
            "This address needs an organizer's token.",
            "heldout-server organizer-token makes a new one when none is left.",
        )
    with services.database.read() as session:
        found = _organizer(session, given.credentials, now)
    if OWNER in needed.scopes and found.role != Role.OWNER:
        raise ProblemError(
            "forbidden",
            "Only an owner may do this; you are a helper.",
            "Ask an owner to do it, or to make you one.",
        )
    return found


def _organizer(session: Session, token: str, now: datetime) -> Organizer:
    found = organizers.by_token(session, token) or organizer_sessions.signed_in(
        session, token, now=now
    )
    if found is not None:
        return found
    if joining.by_token(session, token) is not None:
        raise ProblemError("forbidden", "A participant's token doesn't open this address.")
    raise ProblemError(
        "unauthorized",
        "No organizer here has this token.",
        "It may have been revoked; ask an owner for another.",
    )


CallingOrganizer = Annotated[Organizer, Depends(calling_organizer)]
CallingOwner = Annotated[Organizer, Security(calling_organizer, scopes=[OWNER])]


async def asked(request: Request, idempotency_key: IdempotencyKey = None) -> bytes:
    """What tells this request from another with the same key.

    A file is streamed, and never read for this: its length must do.
    """
    if idempotency_key is None:
        return b""
    is_whole = request.headers.get("content-type", "").partition(";")[0] in READ_WHOLE
    body = await request.body() if is_whole else b""
    length = request.headers.get("content-length", "0")
    return b"\0".join((f"{request.method} {request.url}".encode(), length.encode(), body))


def acting(
    services: ServicesDep,
    organizer: CallingOrganizer,
    request: Annotated[bytes, Depends(asked)],
    idempotency_key: IdempotencyKey = None,
) -> Actor:
    """The caller as the audit log names them, with the request that they act by.

    Raises ProblemError `conflict` for a key that belongs to another request.
    """
    actor = Actor.organizer(organizer).asked(idempotency_key, request)
    if idempotency_key is not None:
        with services.database.read() as session:
            audit_log.check_key(session, actor)
    return actor


Acting = Annotated[Actor, Depends(acting)]
ActingOwner = Annotated[Actor, Security(acting, scopes=[OWNER])]
