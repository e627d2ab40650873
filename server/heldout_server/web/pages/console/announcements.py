"""Announcements: said to the whole room, above the board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import Query, Response

from heldout_server.acts.registry import Performed
from heldout_server.competitions import announcements as board
from heldout_server.models import Announcement
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.forms import shaped
from heldout_server.web.pages.console.layout import Notice, OnePage
from heldout_server.web.pages.console.request import (
    FormContext,
    FormSent,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes

router = Routes(prefix="/c/{slug}/announcements")

PAGE_LENGTH = 30
LONGEST_MINUTES = 7 * 24 * 60
FOREVER = ""
USUAL = str(int(board.USUALLY_SHOWN_FOR.total_seconds() // 60))
STAYS = ((USUAL, f"{USUAL} minutes"), ("30", "30 minutes"), ("60", "An hour"),
         (FOREVER, "Until I take it down"))  # fmt: skip
"""How long one is shown, in minutes, and the words for it: the first unless somebody chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementsPage(OnePage):
    """All of them, newest first; `longest` is how many characters one may have.

    `stays` are the choices of how long one is shown.
    """

    announcements: tuple[Announcement, ...]
    next: int | None
    longest: int
    stays: tuple[tuple[str, str], ...] = STAYS


@router.get("")
def announcements(
    asked: Reading, before: Annotated[int | None, Query(ge=0, lt=2**63)] = None
) -> Response:
    """The list and the form."""
    return asked.show(partial(view, before=before))


@router.post("/announce")
def announce(asked: FormSent) -> Response:
    """Tell the room."""
    return asked.act(tell_room, view=view, which="announce")


def view(look: PageContext, *, before: int | None = None) -> TemplatePage:
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


def tell_room(act: FormContext) -> Notice:
    """Tell the room what the form says, for as long as it says."""
    until = act.form.moment("until", act.competition.timezone, "The end") or _end(act)
    level = act.form.text("level", "info")
    values = {"text": act.form.text("text"), "level": level, "until": until}
    given = shaped(board.AnnouncementIn, values)
    made = board.announce.perform(act.context, act.competition, given)
    done = Performed(act.context, act.competition, given, made)
    return Notice(text=board.announce.told(done))


def _end(act: FormContext) -> datetime | None:
    if act.form.text("stays", USUAL) == FOREVER:
        return None
    minutes = act.form.whole("stays", "How long it stays") or int(USUAL)
    return act.now + timedelta(minutes=min(minutes, LONGEST_MINUTES))


act_forms.add(router, view, {"/withdraw": board.withdraw_announcement})
