"""Organizers: who may run the event. Only owners change who does."""

from typing import Annotated

from fastapi import Query

from heldout_server.people import organizers
from heldout_server.web.api.admin.access import CallingOrganizer, CallingOwner
from heldout_server.web.deps import ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.organizers import OrganizerOut, OrganizersOut, TokenOut, TokensOut

router = Routes()


@router.get("/organizers")
def list_organizers(
    organizer: CallingOrganizer,
    session: ReadSession,
    revoked: Annotated[bool, Query(description="Also those who were revoked.")] = False,
) -> OrganizersOut:
    """Everybody who may sign in."""
    found = organizers.all_organizers(session, revoked=revoked)
    return OrganizersOut(organizers=[OrganizerOut.model_validate(o) for o in found])


@router.get("/organizers/{organizer_id}/tokens")
def list_tokens(organizer_id: str, owner: CallingOwner, session: ReadSession) -> TokensOut:
    """Somebody's tokens, without their secrets."""
    found = organizers.tokens_of(session, organizers.by_public_id(session, organizer_id))
    return TokensOut(tokens=[TokenOut.model_validate(token) for token in found])
