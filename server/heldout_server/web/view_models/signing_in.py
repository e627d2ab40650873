"""What organizers' sign-in shows, and the pages on the way through the school's.

| class         | template              |
|---------------|-----------------------|
| OrganizePage  | organize/sign_in.html |
| SchoolLeaving | school_leaving.html   |
| SchoolArrived | school_arrived.html   |
| SchoolRefused | school_refused.html   |
"""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.web.view_models.pages import ErrorPage, FormError, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizePage(Page):
    """The organizer's sign-in form, with the reason when a token or a password was refused.

    `next` is the page to go to; `ended` says that a sign-in ran out while something was sent.
    """

    error: FormError | None = None
    next: str = "/organize"
    name: str = ""
    ended: bool = False
    said: str = ""
    school: str = ""
    """With whom they may sign in as well; empty: there is no such sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolLeaving(Page):
    """On the way to the issuer: a page of our own, since a form may not lead to another site."""

    school: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolArrived(Page):
    """An organizer is signed in: their cookie is sent from a page of ours on, and not before."""

    name: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolRefused(ErrorPage):
    """It didn't work: why, and where to go on. `takes_code`: newcomers may use the room's code."""

    school: str
    back: str
    for_organizers: bool = False
    takes_code: bool = False
