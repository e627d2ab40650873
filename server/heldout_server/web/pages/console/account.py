"""One's own account: the password."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from fastapi import Response

from heldout_server.models import Organizer
from heldout_server.people import organizers, passwords
from heldout_server.web.pages.console.forms import refusal
from heldout_server.web.pages.console.layout import HOME, ConsolePage, Notice
from heldout_server.web.pages.console.request import (
    FormContext,
    FormSent,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes

router = Routes(prefix="/account")

SIGN_IN = f"{HOME}/sign-in?next={HOME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage(ConsolePage):
    """Whether there is a password, and how short one may be."""

    has_password: bool
    shortest: int


@router.get("")
def account(asked: Reading) -> Response:
    """The page."""
    return asked.show(partial(view, organizer=asked.visitor.organizer))


@router.post("/password")
def set_password(asked: FormSent) -> Response:
    """Set or change it; every browser of one's own is signed out."""
    shown = partial(view, organizer=asked.visitor.organizer)
    return asked.act(_set_password, view=shown, which="password")


@router.post("/remove-password")
def remove_password(asked: FormSent) -> Response:
    """Only tokens sign in from then on."""
    shown = partial(view, organizer=asked.visitor.organizer)
    return asked.act(_remove_password, view=shown, which="remove")


def view(look: PageContext, *, organizer: Organizer) -> TemplatePage:
    """The page of whoever is signed in."""
    page = AccountPage(
        frame=look.section("account"),
        has_password=organizer.has_password,
        shortest=passwords.SHORTEST,
    )
    return "organize/account.html", page


def _set_password(act: FormContext) -> Notice:
    given, again = act.form.text("password"), act.form.text("again")
    if given != again:
        raise refusal("The two passwords differ.", "Type the same one twice.", "again")
    _put(act, given)
    said = "Your password is set. Sign in with it: every browser of yours, this one too."
    return Notice(text=said, to=SIGN_IN)


def _remove_password(act: FormContext) -> Notice:
    _put(act, None)
    return Notice(text="Your password is gone. Sign in with a token.", to=SIGN_IN)


def _put(act: FormContext, password: str | None) -> None:
    assert act.actor.id is not None
    mine = organizers.by_public_id(act.session, act.actor.id)
    organizers.set_password(act.session, act.actor, mine, password, now=act.now)
