"""What hangs on the wall: chosen here, shown by every open projector at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Response
from fastapi.responses import RedirectResponse

from heldout_server.competitions import projector
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.projector import ProjectorIn, Screen, Size, Theme, View
from heldout_server.web.deps import ReadSession
from heldout_server.web.pages.console.forms import Form, shaped
from heldout_server.web.pages.console.layout import Notice, OnePage
from heldout_server.web.pages.console.request import (
    PRIVATE,
    FormContext,
    FormSent,
    PageContext,
    Reading,
    SignedIn,
    TemplatePage,
)
from heldout_server.web.room_addresses import room_code, tv_path
from heldout_server.web.routes import Routes

router = Routes(prefix="/c/{slug}/projector")

VIEWS = {
    View.BOARD: "The board",
    View.RACE: "Score over time",
    View.AWARDS: "The awards",
    View.JOIN: "How to join",
    View.PAUSE: "A pause",
}
THEMES = {Theme.DARK: "Dark", Theme.LIGHT: "Light", Theme.AUTO: "As the machine is set"}
SIZES = {
    Size.SMALL: "Small",
    Size.NORMAL: "Normal",
    Size.LARGE: "Large",
    Size.HUGE: "Huge",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectorPage(OnePage):
    """What is shown now, and the words for what could be: (value, label) pairs.

    `tv_path` carries the join code where one is of use.
    """

    screen: Screen
    tv_path: str
    views: tuple[tuple[str, str], ...] = tuple(VIEWS.items())
    themes: tuple[tuple[str, str], ...] = tuple(THEMES.items())
    sizes: tuple[tuple[str, str], ...] = tuple(SIZES.items())


@router.get("")
def page(asked: Reading) -> Response:
    """The page."""
    return asked.show(view)


@router.get("/screen")
def screen(slug: str, organizer: SignedIn, session: ReadSession) -> Response:
    """The projector's page, with the room's code for organizers; without it for others."""
    competition = competitions.by_slug(session, slug)
    code = room_code(competition) if organizer is not None else ""
    return RedirectResponse(tv_path(slug, code), status_code=303, headers=PRIVATE)


@router.post("/show")
def show(asked: FormSent) -> Response:
    """Another view."""
    return asked.act(_show, view=view, which="show")


@router.post("/set")
def set_screen(asked: FormSent) -> Response:
    """How views are shown."""
    return asked.act(_set, view=view, which="set")


def view(look: PageContext) -> TemplatePage:
    """The page."""
    competition = look.competition
    page = ProjectorPage(
        frame=look.section("projector"),
        competition=look.view,
        screen=projector.screen(competition),
        tv_path=tv_path(competition.slug, room_code(competition)),
    )
    return "organize/projector.html", page


def changes_of(form: Form) -> dict[str, object]:
    """The form as the API's fields. Raises ProblemError `validation`."""
    values: dict[str, object] = {
        "theme": form.text("theme"),
        "size": form.text("size"),
        "scroll": form.ticked("scroll"),
        "seconds": form.needed("seconds", "How long a screenful stays"),
        "rows": form.needed("rows", "How many rows are shown"),
        "qr": form.ticked("qr"),
    }
    return shaped(ProjectorIn, values).model_dump(exclude_unset=True)


def _show(act: FormContext) -> Notice:
    found = _put(act, {"view": act.form.text("view")})
    return Notice(text=f"On every open projector: {_lower(VIEWS[found.view])}.")


def _set(act: FormContext) -> Notice:
    _put(act, changes_of(act.form))
    return Notice(text="Every open projector shows it so now.")


def _put(act: FormContext, values: Mapping[str, object]) -> Screen:
    given = shaped(ProjectorIn, values)
    return projector.set_projector.perform(act.context, act.competition, given)


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]
