"""The roster: names or a CSV file in, after a look at what it will do; personal invites out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import Query, Response

from heldout_server.acts.registry import Secret
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Participant
from heldout_server.people import roster, roster_ties
from heldout_server.people.names import remembered
from heldout_server.people.roster import Foreseen, Invited
from heldout_server.web.api.admin.roster import export_roster
from heldout_server.web.pages.board.projector_page import qr_code
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.forms import Form
from heldout_server.web.pages.console.layout import Notice, OnePage
from heldout_server.web.pages.console.request import (
    ActRequest,
    FormContext,
    FormSent,
    PageContext,
    Reading,
    TemplatePage,
    View,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.people import RosterEntryOut
from heldout_server.web.schemas.people_from_rows import entry_out

router = Routes(prefix="/c/{slug}/roster")

PAGE_LENGTH = 100
MOST_ON_PAPER = 300
"""A sheet for more people than that takes longer to draw than anybody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """Who is expected; `maybe` came with the room's code under the same name."""

    entry: RosterEntryOut
    maybe: tuple[Participant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPage(OnePage):
    """Who is expected and who came; `foreseen` is what the file in `csv` would do."""

    lines: tuple[RosterLine, ...]
    next: str | None
    csv: str
    foreseen: Foreseen | None
    team_size: int


@router.get("")
def show_roster(asked: Reading, after: Annotated[str, Query(max_length=24)] = "") -> Response:
    """The list and the form."""
    return asked.show(partial(view, after=after))


@router.get("/download")
def download(asked: Reading) -> Response:
    """The whole roster as CSV."""
    with asked.look() as look:
        return export_roster(look.competition, look.session)


@router.post("/preview")
def preview(asked: FormSent) -> Response:
    """What the file would do; nothing is changed."""
    return _foreseen(asked)


@router.post("/import")
def take_in(asked: FormSent) -> Response:
    """Do it: all or none. Invites of the new ones are shown once."""
    return asked.act(_import, view=view, which="roster")


@router.post("/invite")
def invite(asked: FormSent) -> Response:
    """A new personal invite; the one before stops working."""
    return asked.act(_invite, view=view, which="invite")


def view(
    look: PageContext, *, after: str = "", csv: str = "", looks_ahead: bool = False
) -> TemplatePage:
    """The page. Raises ProblemError `validation` when the file to look at is wrong."""
    session, competition = look.session, look.competition
    start = roster.by_public_id(session, competition, after).id if after else None
    found = roster.page(session, competition, limit=PAGE_LENGTH + 1, after=start or 0)
    shown = tuple(entry_out(*row) for row in found[:PAGE_LENGTH])
    strangers = roster_ties.strangers(session, competition)
    page = RosterPage(
        frame=look.section("people"),
        competition=look.view,
        lines=tuple(_line(entry, strangers) for entry in shown),
        next=shown[-1].id if len(found) > PAGE_LENGTH else None,
        csv=csv,
        team_size=competition.team_size,
        foreseen=roster.foresee(session, competition, csv) if looks_ahead else None,
    )
    return "organize/roster.html", page


def _line(entry: RosterEntryOut, strangers: roster_ties.Strangers) -> RosterLine:
    maybe = () if entry.participant else tuple(strangers.get(remembered(entry.name), ()))
    return RosterLine(entry=entry, maybe=maybe)


def _foreseen(asked: ActRequest) -> Response:
    try:
        ahead: View = partial(view, csv=text_of(asked.form), looks_ahead=True)
        return asked.show(ahead)
    except ProblemError as problem:
        return asked.refuse(problem, view, "roster")


def text_of(form: Form) -> str:
    """The file, else what was pasted. Raises ProblemError `validation`."""
    content = form.content("file")
    try:
        return content.decode("utf-8-sig") if content else form.lines("csv")
    except UnicodeDecodeError:
        raise ProblemError(
            "validation", "The roster isn't UTF-8 text.", "Save it as “CSV UTF-8”.", field="file"
        ) from None


def _import(act: FormContext) -> Notice:
    text = act.form.lines("csv")
    done = roster.import_roster.perform(act.context, act.competition, text)
    said = f"{done.added} added, {done.updated} updated, {done.unchanged} unchanged."
    came = f" {len(done.linked)} had come already and are linked." if done.linked else ""
    more = " The invites are shown this once." if done.invited else ""
    return Notice(text=said + came + more, secrets=_secrets(act, done.invited))


def _invite(act: FormContext) -> Notice:
    done = act_forms.done(act, roster.invite_again)
    said = act_forms.said(roster.invite_again, done)
    return replace(said, secrets=_secrets(act, (done.result,)))


def _secrets(act: FormContext, invited: Sequence[Invited]) -> tuple[Secret, ...]:
    base = act.services.room_url(act.services.base_url(act.request))
    on_paper = len(invited) <= MOST_ON_PAPER
    return tuple(
        _secret(f"{base}/c/{act.competition.slug}/join?code={one.invite}", one, on_paper)
        for one in invited
    )


def _secret(address: str, invited: Invited, on_paper: bool) -> Secret:
    entry = invited.entry
    qr = qr_code(address) if on_paper else ""
    return Secret(label=entry.name, value=address, note=entry.email, qr=qr)


act_forms.add(router, view, {"/link": roster.link_to_roster, "/remove": roster.remove_from_roster})
