"""Organizers: who may run the event. Only owners change who does."""

from typing import Annotated

from fastapi import APIRouter, Query

from heldout_server.people import organizers
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer, CallingOwner
from heldout_server.web.deps import Now, ReadSession, WriteSession
from heldout_server.web.schemas.organizers import (
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

router = APIRouter(prefix="/organizers")


@router.get("")
def list_organizers(
    organizer: CallingOrganizer,
    session: ReadSession,
    revoked: Annotated[bool, Query(description="Also those who were revoked.")] = False,
) -> OrganizersOut:
    """Everybody who may sign in."""
    found = organizers.all_organizers(session, revoked=revoked)
    return OrganizersOut(organizers=[OrganizerOut.model_validate(o) for o in found])


@router.post("", status_code=201)
def add_organizer(
    body: OrganizerIn, actor: ActingOwner, session: WriteSession, now: Now
) -> NewOrganizerOut:
    """Make an organizer. The token in the answer is shown only once. Inverse: revoke them."""
    added = organizers.add(session, actor, name=body.name, role=body.role, now=now)
    shown = OrganizerOut.model_validate(added.organizer)
    return NewOrganizerOut(**shown.model_dump(), token=added.token)


@router.patch("/{organizer_id}")
def set_role(
    organizer_id: str, body: RoleIn, actor: ActingOwner, session: WriteSession, now: Now
) -> OrganizerOut:
    """Make somebody owner or helper; the last owner stays one."""
    found = organizers.by_public_id(session, organizer_id)
    organizers.set_role(session, actor, found, body.role, now=now)
    return OrganizerOut.model_validate(found)


@router.delete("/{organizer_id}")
def revoke_organizer(
    organizer_id: str, actor: ActingOwner, session: WriteSession, now: Now
) -> OrganizerOut:
    """End somebody's access: tokens, password, sign-ins. Has no inverse: add them anew."""
    found = organizers.by_public_id(session, organizer_id)
    organizers.revoke(session, actor, found, now=now)
    return OrganizerOut.model_validate(found)


@router.get("/{organizer_id}/tokens")
def list_tokens(organizer_id: str, owner: CallingOwner, session: ReadSession) -> TokensOut:
    """Somebody's tokens, without their secrets."""
    found = organizers.tokens_of(session, organizers.by_public_id(session, organizer_id))
    return TokensOut(tokens=[TokenOut.model_validate(token) for token in found])


@router.post("/{organizer_id}/tokens", status_code=201)
def add_token(
    organizer_id: str, body: TokenIn, actor: ActingOwner, session: WriteSession, now: Now
) -> NewTokenOut:
    """Give somebody another token, shown only in this answer."""
    found = organizers.by_public_id(session, organizer_id)
    token, row = organizers.add_token(session, actor, found, label=body.label, now=now)
    return NewTokenOut(**TokenOut.model_validate(row).model_dump(), token=token)


@router.delete("/{organizer_id}/tokens/{token_id}")
def revoke_token(
    organizer_id: str, token_id: str, actor: ActingOwner, session: WriteSession, now: Now
) -> TokenOut:
    """Make one token worthless. Has no inverse: make another."""
    found = organizers.by_public_id(session, organizer_id)
    token = organizers.token_of(session, found, token_id)
    organizers.revoke_token(session, actor, found, token, now=now)
    return TokenOut.model_validate(token)
