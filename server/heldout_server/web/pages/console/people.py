"""Who takes part: searched, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from heldout_server.people import participants
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import Look, Looking, Shown
from heldout_server.web.schemas.people import AccountOut
from heldout_server.web.schemas.people_from_rows import account_out

router = APIRouter(prefix="/c/{slug}/people")

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; `after` is the last participant of the page before."""

    text: str = ""
    banned: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage(OnePage):
    """A page of participants; `next` is the last of them when there are more."""

    people: tuple[AccountOut, ...]
    search: Search
    next: str | None


@router.get("")
def people(
    desk: Looking,
    q: Annotated[str, Query(max_length=100)] = "",
    banned: bool = False,
    after: Annotated[str, Query(max_length=24)] = "",
) -> Response:
    """The list."""
    return desk.show(partial(view, search=Search(text=q.strip(), banned=banned, after=after)))


def view(look: Look, *, search: Search) -> Shown:
    """Everybody who fits, who joined first comes first."""
    session, competition = look.session, look.competition
    start = (
        participants.by_public_id(session, competition, search.after).id if search.after else None
    )  # fmt: skip
    wanted = participants.Wanted(search=search.text or None, banned=search.banned or None)
    found = participants.page(session, competition, wanted, limit=PAGE_LENGTH + 1, after=start or 0)
    shown = tuple(account_out(account) for account in found[:PAGE_LENGTH])
    page = PeoplePage(
        frame=look.section("people"),
        competition=look.view,
        people=shown,
        search=search,
        next=shown[-1].id if len(found) > PAGE_LENGTH else None,
    )
    return "organize/people.html", page
