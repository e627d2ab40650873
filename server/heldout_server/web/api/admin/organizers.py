"""Organizers: who may run the event. Only owners change who does."""

from typing import Annotated

from fastapi import APIRouter, Query

from heldout_server.organizers import accounts
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer, CallingOwner
from heldout_server.web.api.admin.shapes.organizers import (
    NewOrganizerOut,
    NewTokenOut,
    OrganizerIn,
    OrganizerOut,
    OrganizersOut,
    RoleIn,
    TokenIn,
    TokenOut,
    TokensOut,
)
from heldout_server.web.deps import Now, ReadSession, WriteSession

router = APIRouter(prefix="/organizers")


@router.get("")
def list_organizers(
    organizer: CallingOrganizer,
    session: ReadSession,
    revoked: Annotated[bool, Query(description="Also those who were revoked.")] = False,
) -> OrganizersOut:
    """Everybody who may sign in."""
    found = accounts.all_organizers(session, revoked=revoked)
    return OrganizersOut(organizers=[OrganizerOut.model_validate(o) for o in found])


@router.post("", status_code=201)
def add_organizer(
    body: OrganizerIn, actor: ActingOwner, session: WriteSession, now: Now
) -> NewOrganizerOut:
    """Make an organizer. The token in the answer is shown only once. Inverse: revoke them."""
    added = accounts.add(session, actor, name=body.name, role=body.role, now=now)
    shown = OrganizerOut.model_validate(added.organizer)
    return NewOrganizerOut(**shown.model_dump(), token=added.token)


@router.patch("/{organizer_id}")
def set_role(
    organizer_id: str, body: RoleIn, actor: ActingOwner, session: WriteSession, now: Now
) -> OrganizerOut:
    """Make somebody owner or helper; the last owner stays one."""
    found = accounts.by_public_id(session, organizer_id)
    accounts.set_role(session, actor, found, body.role, now=now)
    return OrganizerOut.model_validate(found)


@router.delete("/{organizer_id}")
def revoke_organizer(
    organizer_id: str, actor: ActingOwner, session: WriteSession, now: Now
) -> OrganizerOut:
    """End somebody's access: tokens, password, sign-ins. Has no inverse: add them anew."""
    found = accounts.by_public_id(session, organizer_id)
    accounts.revoke(session, actor, found, now=now)
    return OrganizerOut.model_validate(found)


@router.get("/{organizer_id}/tokens")
def list_tokens(organizer_id: str, owner: CallingOwner, session: ReadSession) -> TokensOut:
    """Somebody's tokens, without their secrets."""
    found = accounts.tokens_of(session, accounts.by_public_id(session, organizer_id))
    return TokensOut(tokens=[TokenOut.model_validate(token) for token in found])


@router.post("/{organizer_id}/tokens", status_code=201)
def add_token(
    organizer_id: str, body: TokenIn, actor: ActingOwner, session: WriteSession, now: Now
) -> NewTokenOut:
    """Give somebody another token, shown only in this answer."""
    found = accounts.by_public_id(session, organizer_id)
    token, row = accounts.add_token(session, actor, found, label=body.label, now=now)
    return NewTokenOut(**TokenOut.model_validate(row).model_dump(), token=token)


@router.delete("/{organizer_id}/tokens/{token_id}")
def revoke_token(
    organizer_id: str, token_id: str, actor: ActingOwner, session: WriteSession, now: Now
) -> TokenOut:
    """Make one token worthless. Has no inverse: make another."""
    found = accounts.by_public_id(session, organizer_id)
    token = accounts.token_of(session, found, token_id)
    accounts.revoke_token(session, actor, found, token, now=now)
    return TokenOut.model_validate(token)
