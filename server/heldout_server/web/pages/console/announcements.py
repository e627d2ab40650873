"""Announcements: said to the whole room, above the board."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from heldout_server.competitions import announcements as board
from heldout_server.models import Announcement
from heldout_server.web.pages.console.layout import OnePage, Said
from heldout_server.web.pages.console.request import Act, Look, Looking, Shown, Working

router = APIRouter(prefix="/c/{slug}/announcements")

PAGE_LENGTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementsPage(OnePage):
    """All of them, newest first; `longest` is how many characters one may have."""

    announcements: tuple[Announcement, ...]
    next: int | None
    longest: int


@router.get("")
def announcements(
    desk: Looking, before: Annotated[int | None, Query(ge=0, lt=2**63)] = None
) -> Response:
    """The list and the form."""
    return desk.show(partial(view, before=before))


@router.post("/announce")
def announce(desk: Working) -> Response:
    """Tell the room."""
    return desk.act(_announce, view=view, which="announce")


@router.post("/withdraw")
def withdraw(desk: Working) -> Response:
    """Take one off the board."""
    return desk.act(_withdraw, view=view, which="withdraw")


def view(look: Look, *, before: int | None = None) -> Shown:
    """The page."""
    found = board.history(look.session, look.row_id, limit=PAGE_LENGTH + 1, before=before)
    shown = tuple(found[:PAGE_LENGTH])
    page = AnnouncementsPage(
        frame=look.section("announcements"),
        competition=look.view,
        announcements=shown,
        next=shown[-1].id if len(found) > PAGE_LENGTH else None,
        longest=board.LONGEST_TEXT,
    )
    return "organize/announcements.html", page


def _announce(act: Act) -> Said:
    board.announce(
        act.session,
        act.actor,
        act.competition,
        act.form.text("text"),
        level=act.form.text("level", "info"),
        until=act.form.moment("until", act.competition.timezone, "The end"),
        now=act.now,
    )
    return Said(text="Announced: everybody who looks at the board reads it now.")


def _withdraw(act: Act) -> Said:
    found = board.by_public_id(act.session, act.row_id, act.form.text("announcement"))
    board.withdraw(act.session, act.actor, found, now=act.now)
    return Said(text="Withdrawn: it is off the board.")
