"""The roster: a CSV file in, after a look at what it will do; personal invites out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from heldout_server.acts.registry import Secret
from heldout_server.kit.errors import ProblemError
from heldout_server.people import roster
from heldout_server.people.roster import Foreseen, Invited
from heldout_server.web.api.admin.roster import export_roster
from heldout_server.web.pages.console.forms import Form
from heldout_server.web.pages.console.layout import OnePage, Said
from heldout_server.web.pages.console.request import (
    Act,
    Look,
    Looking,
    Shown,
    View,
    Working,
    WorkingDesk,
)
from heldout_server.web.schemas.people import RosterEntryOut
from heldout_server.web.schemas.people_from_rows import entry_out

router = APIRouter(prefix="/c/{slug}/roster")

PAGE_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPage(OnePage):
    """Who is expected and who came; `foreseen` is what the file in `csv` would do."""

    entries: tuple[RosterEntryOut, ...]
    next: str | None
    csv: str
    foreseen: Foreseen | None


@router.get("")
def show_roster(desk: Looking, after: Annotated[str, Query(max_length=24)] = "") -> Response:
    """The list and the form."""
    return desk.show(partial(view, after=after))


@router.get("/download")
def download(desk: Looking) -> Response:
    """The whole roster as CSV."""
    with desk.look() as look:
        return export_roster(look.competition, look.session)


@router.post("/preview")
def preview(desk: Working) -> Response:
    """What the file would do; nothing is changed."""
    return _foreseen(desk)


@router.post("/import")
def take_in(desk: Working) -> Response:
    """Do it: all or none. Invites of the new ones are shown once."""
    return desk.act(_import, view=view, which="roster")


@router.post("/invite")
def invite(desk: Working) -> Response:
    """A new personal invite; the one before stops working."""
    return desk.act(_invite, view=view, which="invite")


@router.post("/remove")
def remove(desk: Working) -> Response:
    """Off the roster; who has joined stays in."""
    return desk.act(_remove, view=view, which="remove")


def view(look: Look, *, after: str = "", csv: str = "", looks_ahead: bool = False) -> Shown:
    """The page. Raises ProblemError `validation` when the file to look at is wrong."""
    session, competition = look.session, look.competition
    start = roster.by_public_id(session, competition, after).id if after else None
    found = roster.page(session, competition, limit=PAGE_LENGTH + 1, after=start or 0)
    shown = tuple(entry_out(*row) for row in found[:PAGE_LENGTH])
    page = RosterPage(
        frame=look.section("people"),
        competition=look.view,
        entries=shown,
        next=shown[-1].id if len(found) > PAGE_LENGTH else None,
        csv=csv,
        foreseen=roster.foresee(session, competition, csv) if looks_ahead else None,
    )
    return "organize/roster.html", page


def _foreseen(desk: WorkingDesk) -> Response:
    try:
        ahead: View = partial(view, csv=text_of(desk.form), looks_ahead=True)
        return desk.show(ahead)
    except ProblemError as problem:
        return desk.refuse(problem, view, "roster")


def text_of(form: Form) -> str:
    """The file, else what was pasted. Raises ProblemError `validation`."""
    content = form.content("file")
    try:
        return content.decode("utf-8-sig") if content else form.lines("csv")
    except UnicodeDecodeError:
        raise ProblemError(
            "validation", "The roster isn't UTF-8 text.", "Save it as “CSV UTF-8”.", field="file"
        ) from None


def _import(act: Act) -> Said:
    done = roster.import_csv(
        act.session, act.actor, act.competition, act.form.lines("csv"), now=act.now
    )  # fmt: skip
    text = f"{len(done.invited)} added, {done.updated} updated, {done.unchanged} unchanged."
    more = " Their invites are shown this once." if done.invited else ""
    return Said(text=text + more, secrets=tuple(_secret(act, one) for one in done.invited))


def _invite(act: Act) -> Said:
    entry = roster.by_public_id(act.session, act.competition, act.form.text("entry"))
    invited = roster.invite_again(act.session, act.actor, entry, now=act.now)
    return Said(
        text=f"A new invite for “{entry.name}”, shown this once; the one before is worthless.",
        secrets=(_secret(act, invited),),
    )


def _remove(act: Act) -> Said:
    entry = roster.by_public_id(act.session, act.competition, act.form.text("entry"))
    name = entry.name
    roster.remove(act.session, act.actor, entry, now=act.now)
    return Said(text=f"“{name}” is off the roster. Importing them again brings them back.")


def _secret(act: Act, invited: Invited) -> Secret:
    base = act.services.base_url(act.request)
    path = f"/c/{act.competition.slug}/join?code={invited.invite}"
    return Secret(label=invited.entry.name, value=f"{base}{path}", note=invited.entry.email)
