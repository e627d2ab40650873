"""Who runs the event: added, given a role, given tokens, revoked. Only owners change it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from heldout_server.models import Organizer, OrganizerToken
from heldout_server.people import organizer_acts
from heldout_server.people import organizers as accounts
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.layout import ConsolePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.routes import Routes

router = Routes(prefix="/organizers")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizerLine:
    """One organizer with the tokens that still work."""

    row: Organizer
    tokens: tuple[OrganizerToken, ...]
    is_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizersPage(ConsolePage):
    """Everybody who may sign in."""

    organizers: tuple[OrganizerLine, ...]


@router.get("")
def organizers(asked: Reading) -> Response:
    """The list."""
    return asked.show(view)


def view(look: PageContext) -> TemplatePage:
    """The page."""
    lines = tuple(
        OrganizerLine(
            row=row,
            tokens=tuple(
                t for t in accounts.tokens_of(look.session, row) if t.revoked_at is None
            ),
            is_me=row.name == look.frame.name,
        )
        for row in accounts.all_organizers(look.session)
    )  # fmt: skip
    return "organize/organizers.html", OrganizersPage(
        frame=look.section("organizers"), organizers=lines
    )


act_forms.add(
    router,
    view,
    {
        "/add": organizer_acts.add_organizer,
        "/role": organizer_acts.set_role,
        "/email": organizer_acts.set_organizer_email,
        "/token": organizer_acts.add_token,
        "/revoke-token": organizer_acts.revoke_token,
        "/revoke": organizer_acts.revoke_organizer,
    },
)
