"""Who runs the event: added, given a role, given tokens, revoked. Only owners change it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from heldout_server.acts.registry import Secret
from heldout_server.models import Organizer, OrganizerToken, Role
from heldout_server.people import organizers as accounts
from heldout_server.web.pages.console.forms import shaped
from heldout_server.web.pages.console.layout import ConsolePage, Said
from heldout_server.web.pages.console.request import Act, Look, Looking, OwnersWork, Shown
from heldout_server.web.schemas.organizers import OrganizerIn, RoleIn

router = APIRouter(prefix="/organizers")

KEEP_IT = "Give it to them in person; whoever has it is an organizer."


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
def organizers(desk: Looking) -> Response:
    """The list."""
    return desk.show(view)


@router.post("/add")
def add(desk: OwnersWork) -> Response:
    """A new organizer with a first token."""
    return desk.act(_add, view=view, which="add")


@router.post("/role")
def set_role(desk: OwnersWork) -> Response:
    """Owner or helper."""
    return desk.act(_set_role, view=view, which="role")


@router.post("/token")
def add_token(desk: OwnersWork) -> Response:
    """Another token."""
    return desk.act(_add_token, view=view, which="token")


@router.post("/revoke-token")
def revoke_token(desk: OwnersWork) -> Response:
    """Make one token worthless."""
    return desk.act(_revoke_token, view=view, which="revoke-token")


@router.post("/revoke")
def revoke(desk: OwnersWork) -> Response:
    """End somebody's access."""
    return desk.act(_revoke, view=view, which="revoke")


def view(look: Look) -> Shown:
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


def _who(act: Act) -> Organizer:
    return accounts.by_public_id(act.session, act.form.text("organizer"))


def _add(act: Act) -> Said:
    values = {"name": act.form.text("name"), "role": act.form.text("role", Role.HELPER)}
    body = shaped(OrganizerIn, values)
    added = accounts.add(act.session, act.actor, name=body.name, role=body.role, now=act.now)
    name = added.organizer.name
    return Said(
        text=f"“{name}” is {_role_words(body.role)} now. The token is shown this once.",
        secrets=(Secret(label=f"Token of {name}", value=added.token, note=KEEP_IT),),
    )


def _set_role(act: Act) -> Said:
    who = _who(act)
    role = shaped(RoleIn, {"role": act.form.text("role")}).role
    accounts.set_role(act.session, act.actor, who, role, now=act.now)
    return Said(text=f"“{who.name}” is {_role_words(role)} now.")


def _add_token(act: Act) -> Said:
    who = _who(act)
    token, _ = accounts.add_token(
        act.session, act.actor, who, label=act.form.text("label"), now=act.now
    )  # fmt: skip
    return Said(
        text=f"Another token for “{who.name}”, shown this once.",
        secrets=(Secret(label=f"Token of {who.name}", value=token, note=KEEP_IT),),
    )


def _revoke_token(act: Act) -> Said:
    who = _who(act)
    token = accounts.token_of(act.session, who, act.form.text("token"))
    accounts.revoke_token(act.session, act.actor, who, token, now=act.now)
    return Said(text=f"The token “{token.label}” of “{who.name}” is worthless now.")


def _revoke(act: Act) -> Said:
    who = _who(act)
    accounts.revoke(act.session, act.actor, who, now=act.now)
    return Said(text=f"“{who.name}” has no access any more: tokens, password and browsers ended.")


def _role_words(role: str) -> str:
    return "an owner" if role == Role.OWNER else "a helper"
