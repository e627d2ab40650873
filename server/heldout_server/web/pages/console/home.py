"""All competitions at a glance, and a new one in five fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import RedirectResponse

from heldout_server.competitions import first_contest, queries
from heldout_server.competitions.settings_acts import create_competition
from heldout_server.datasets import known
from heldout_server.models import Competition, Dataset
from heldout_server.people import joining
from heldout_server.submissions import queries as submissions
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.console.forms import Form, local, refusal, shaped
from heldout_server.web.pages.console.layout import HOME, ConsolePage, Notice
from heldout_server.web.pages.console.request import (
    FormContext,
    OwnersEyes,
    OwnersForm,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.pages.console.settings import ZONES
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.competitions import CompetitionIn
from heldout_server.web.view_models.pages import CompetitionView

router = Routes()

AN_EVENING = timedelta(minutes=90)
LONGEST_EVENING = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One competition of the list."""

    view: CompetitionView
    participants: int
    submissions: int
    is_archived: bool

    @property
    def path(self) -> str:
        return f"{HOME}/c/{self.view.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionsPage(ConsolePage):
    """Every competition, archived ones last."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage(ConsolePage):
    """The set-up form; `closes_at` is a suggestion in the zone that is filled in.

    `waiting` is the contest of the first start, which the new one can take over.
    """

    datasets: tuple[Dataset, ...]
    labels_notes: tuple[str, ...]
    """Who holds the labels of each dataset, in their order."""
    timezone: str
    zones: tuple[str, ...]
    closes_at: str
    minutes: int
    quota_per_day: int | None
    waiting: Competition | None = None


@router.get("")
def organize(asked: Reading) -> Response:
    """The one competition's dashboard; with several, all of them; with none, a new one."""
    with asked.services.database.read() as session:
        found = queries.current(session)
    return RedirectResponse(_first_page(found), 303)


@router.get("/competitions")
def all_competitions(asked: Reading) -> Response:
    """Every competition."""
    return asked.show(competitions_view)


@router.get("/new", dependencies=[OwnersEyes])
def set_up(asked: Reading) -> Response:
    """The form."""
    return asked.show(new_view)


@router.post("/new")
def make(asked: OwnersForm) -> Response:
    """Make it, open at once, and go to its dashboard."""
    return asked.act(_make, view=new_view, which="new")


def competitions_view(look: PageContext) -> TemplatePage:
    """The list."""
    found = queries.all_competitions(look.session)
    lines = [_line(look, one) for one in sorted(found, key=lambda c: c.archived_at is not None)]
    page = CompetitionsPage(frame=look.section("home"), lines=tuple(lines))
    return "organize/competitions.html", page


def new_view(look: PageContext) -> TemplatePage:
    """The form, with what the server's settings suggest."""
    settings = look.services.settings
    datasets = tuple(queries.datasets(look.session))
    page = NewPage(
        frame=look.section("new"),
        datasets=datasets,
        labels_notes=tuple(known.sentence(each) for each in datasets),
        timezone=settings.timezone,
        zones=ZONES,
        closes_at=local(look.now + AN_EVENING, settings.timezone),
        minutes=int(AN_EVENING.total_seconds()) // 60,
        waiting=first_contest.waiting(look.session),
        quota_per_day=settings.quota_per_day or None,
    )
    return "organize/new.html", page


def _make(act: FormContext) -> Notice:
    made = _made(act)
    text = f"“{made.title}” is open. Put the join code on the wall: {made.join_code}."
    return Notice(text=text, to=f"{HOME}/c/{made.slug}")


def _made(act: FormContext) -> Competition:
    form = act.form
    zone = form.text("timezone")
    values: dict[str, object] = {
        "title": form.text("title"),
        "dataset": form.text("dataset") or None,
        "timezone": zone,
        "rank_predictions": not form.ticked("models_only"),
        "closes_at": closing_of(form, zone, act.now),
    }
    values |= {"join_code": form.text("join_code")} if form.text("join_code") else {}
    body = shaped(CompetitionIn, values)
    dataset = queries.dataset_named(act.session, body.dataset)
    given = {
        **act.services.new_competition(), **body.given(), "dataset_hash": dataset.content_hash,
    }  # fmt: skip
    given.pop("dataset", None)
    if form.ticked("take_over"):
        return first_contest.set_up(act.context, given)
    return create_competition.perform(act.context, None, given)


def closing_of(form: Form, zone: str, now: datetime) -> datetime | None:
    """When the form says that it closes: in some minutes, at a time of the room, or never.

    Raises ProblemError `validation`, also for a time that is over.
    """
    how = form.text("closes", "at")
    if how == "never":
        return None
    if how == "in":
        minutes = timedelta(minutes=form.needed("closes_in", "The number of minutes"))
        if not timedelta(0) < minutes <= LONGEST_EVENING:
            raise refusal("It closes in 1 minute to a year.", "For example: 90.", "closes_in")
        return now + minutes
    closes_at = form.moment("closes_at", zone, "The closing time")
    if closes_at is not None and closes_at <= now:
        hint = f"In {zone} it is {now.astimezone(ZoneInfo(zone)):%H:%M} now."
        raise refusal("The closing time is over already.", hint, "closes_at")
    return closes_at


def _first_page(found: list[Competition]) -> str:
    if len(found) == 1:
        return f"{HOME}/c/{found[0].slug}"
    return f"{HOME}/competitions" if found else f"{HOME}/new"


def _line(look: PageContext, competition: Competition) -> Line:
    assert competition.id is not None
    return Line(
        view=competition_view(look.session, competition, now=look.now),
        participants=joining.count(look.session, competition.id),
        submissions=sum(submissions.counts_by_state(look.session, competition.id).values()),
        is_archived=competition.archived_at is not None,
    )
