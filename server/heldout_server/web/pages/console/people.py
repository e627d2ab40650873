"""Who takes part: searched, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Response

from heldout_server.leaderboard import people_scores
from heldout_server.leaderboard.people_scores import Place
from heldout_server.people import joining, participants
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.people import AccountOut
from heldout_server.web.schemas.people_from_rows import account_out

router = Routes(prefix="/c/{slug}/people")

PAGE_LENGTH = 50
MOST_NAMES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; `after` is the last participant of the page before."""

    text: str = ""
    banned: bool = False
    silent: bool = False
    after: str = ""

    @property
    def query(self) -> str:
        """The search as an address has it, from its first page."""
        chosen = {"q": self.text, "banned": self.banned, "silent": self.silent}
        return urlencode({name: str(value).lower() if value is True else value
                          for name, value in chosen.items() if value})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One participant with their place on the board that everybody sees."""

    account: AccountOut
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage(OnePage):
    """A page of participants; `next` is the last of them when there are more.

    Of all who `joined`, `scored` rows are on the board and `silent` people have sent nothing.
    """

    people: tuple[Person, ...]
    joined: int
    scored: int
    silent: int
    names: tuple[str, ...]
    search: Search
    next: str | None


@router.get("")
def people(
    asked: Reading,
    q: Annotated[str, Query(max_length=100)] = "",
    banned: bool = False,
    silent: bool = False,
    after: Annotated[str, Query(max_length=24)] = "",
) -> Response:
    """The list."""
    search = Search(text=q.strip(), banned=banned, silent=silent, after=after)
    return asked.show(partial(view, search=search))


def view(look: PageContext, *, search: Search) -> TemplatePage:
    """Everybody who fits, who joined first comes first."""
    session, competition = look.session, look.competition
    start = (
        participants.by_public_id(session, competition, search.after).id if search.after else None
    )  # fmt: skip
    wanted = participants.Wanted(
        search=search.text or None, banned=search.banned or None, silent=search.silent
    )
    found = participants.page(session, competition, wanted, limit=PAGE_LENGTH + 1, after=start or 0)
    board = people_scores.places(session, competition)
    shown = tuple(
        Person(account=account_out(each), place=board.of(each.participant))
        for each in found[:PAGE_LENGTH]
    )
    page = PeoplePage(
        frame=look.section("people"),
        competition=look.view,
        people=shown,
        joined=joining.count(session, look.row_id),
        scored=board.scored,
        silent=participants.silent(session, competition),
        names=participants.names(session, competition, limit=MOST_NAMES),
        search=search,
        next=shown[-1].account.id if len(found) > PAGE_LENGTH else None,
    )
    return "organize/people.html", page
