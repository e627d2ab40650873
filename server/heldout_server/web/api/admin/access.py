"""Who may use the admin API: organizers by token or signed in, and owners where it matters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlmodel import Session

from heldout_server.audit import Actor
from heldout_server.errors import ProblemError
from heldout_server.models import Organizer, Role
from heldout_server.organizers import accounts, sessions
from heldout_server.participants import joining
from heldout_server.web.deps import Now, ServicesDep

# Shown in OpenAPI as the scope that a route needs, so that nobody has to guess.
OWNER = Role.OWNER.value
bearer = HTTPBearer(
    auto_error=False,
    scheme_name="organizer",
    description="An organizer's token (`ho_…`), or the one that signing in gave.",
)
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
    found = accounts.by_token(session, token) or sessions.signed_in(session, token, now=now)
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


async def acting(organizer: CallingOrganizer, idempotency_key: IdempotencyKey = None) -> Actor:
    """The caller as the audit log names them."""
    return Actor.organizer(organizer, idempotency_key)


Acting = Annotated[Actor, Depends(acting)]
ActingOwner = Annotated[Actor, Security(acting, scopes=[OWNER])]
