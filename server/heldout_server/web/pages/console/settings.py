"""Everything a competition can be set to, on one page; put away, and cloned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from zoneinfo import available_timezones

from fastapi import BackgroundTasks, Response
from markupsafe import Markup

from heldout_server.competitions import markdown, schedule
from heldout_server.competitions.preparation import preparations
from heldout_server.competitions.queries import dataset_of, task_of
from heldout_server.competitions.settings_acts import (
    EDITABLE,
    archive_competition,
    clone_of,
    create_competition,
    edit_competition,
    unarchive_competition,
)
from heldout_server.models import BoardRule, Competition, Joining, RunSharing
from heldout_server.people import joining
from heldout_server.submissions import blob_references, queries
from heldout_server.submissions.reset import reset_competition
from heldout_server.submissions.retention import forget_people
from heldout_server.tasks import catalogue
from heldout_server.tasks.metric import Metric
from heldout_server.web.pages.console import act_forms, settings_form
from heldout_server.web.pages.console.forms import Form, refusal, shaped
from heldout_server.web.pages.console.layout import HOME, FormRefused, Notice, OnePage
from heldout_server.web.pages.console.request import (
    FormContext,
    FormSent,
    OwnersForm,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.competitions import CloneIn, CompetitionEdit

router = Routes(prefix="/c/{slug}/settings")

# Those that people mean, not their hundreds of aliases.
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian",
           "Pacific")  # fmt: skip

ZONES: tuple[str, ...] = (
    "UTC",
    *sorted(zone for zone in available_timezones() if zone.split("/")[0] in REGIONS),
)

MEGABYTE = 1_000_000
SECTIONS = (
    ("what", "What it is"),
    ("schedule", "Schedule"),
    ("joining", "Who may join"),
    ("board", "Rows and names"),
    ("cards", "Run cards"),
    ("personal", "Personal data"),
    ("taken", "What is taken"),
    ("often", "How often"),
    ("sites", "Other sites"),
    ("fixed", "What stays"),
)
WHOLE = ("whole", "Copy, archive, reset")
BOARD_RULES = (
    (BoardRule.EVERYBODY, "Everybody sees everybody"),
    (BoardRule.TOP_AND_NEIGHBOURS, "The first rows, and the places around one's own"),
    (BoardRule.OWN_ROW, "Everybody sees only their own row"),
    (BoardRule.PSEUDONYMS, "Others see a made-up name, such as Blue Heron"),
)
WAYS_TO_JOIN = (
    (Joining.CODE, "Whoever has the join code"),
    (Joining.ROSTER, "Only who is on the roster"),
    (Joining.OPEN, "Anybody"),
)
BY_SCHOOL = (
    (Joining.SCHOOL, "Whoever signs in with {school}"),
    (Joining.SCHOOL_OR_CODE, "Whoever signs in with {school}, or has the join code"),
)
SHARING = (
    (RunSharing.ALWAYS, "Always: everybody sees every run card from its score on."),
    (RunSharing.AFTER_CLOSE, "After the close: only once nothing is taken any more."),
    (RunSharing.OPT_IN, "Opt-in: only those of participants who choose to share theirs."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Markdown as the room will read it, sanitised."""

    description: Markup
    rules: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage(OnePage):
    """`given` fills the form: every field as text, times in the room's zone; `settings` are the
    same as the API has them.

    `server_origins` are sites that may show every board of this server.
    """

    given: dict[str, str]
    settings: CompetitionEdit
    sections: tuple[tuple[str, str], ...]
    sharing: tuple[tuple[str, str], ...]
    board_rules: tuple[tuple[str, str], ...]
    ways_to_join: tuple[tuple[str, str], ...]
    zones: tuple[str, ...]
    participants: int
    submissions: int
    takes_submissions: bool
    server_origins: tuple[str, ...]
    is_archived: bool
    is_frozen: bool
    preview: Preview | None
    preparations: tuple[str, ...]
    metrics: tuple[Metric, ...]


@router.get("")
def settings(asked: Reading) -> Response:
    """The form."""
    return asked.show(view)


@router.post("/save")
def save(asked: OwnersForm) -> Response:
    """Change what differs."""
    return asked.act(_save, view=view, which="settings")


@router.post("/preview")
def preview(asked: FormSent) -> Response:
    """Show the Markdown as the room would read it; nothing is saved."""
    shown = Preview(
        description=Markup(markdown.to_html(asked.form.lines("description"))),  # noqa: S704 sanitised
        rules=Markup(markdown.to_html(asked.form.lines("rules"))),  # noqa: S704 sanitised
    )
    typed = FormRefused(which="settings", error=None, typed=asked.form.typed)
    return asked.show(lambda look: view(look, preview=shown), refused=typed)


@router.post("/reset")
def reset(asked: OwnersForm, afterwards: BackgroundTasks) -> Response:
    """A fresh start after a rehearsal; files go after the commit, in the background."""
    digests: set[str] = set()

    def do(act: FormContext) -> Notice:
        done = act_forms.done(act, reset_competition)
        digests.update(done.result.digests)
        return act_forms.said(reset_competition, done, to=f"{HOME}/c/{act.competition.slug}")

    answer = asked.act(do, view=view, which="reset")
    afterwards.add_task(
        blob_references.drop_unreferenced, asked.services.database, asked.services.blobs, digests
    )
    answer.background = afterwards
    return answer


@router.post("/clone")
def clone(asked: OwnersForm) -> Response:
    """The same settings for another evening."""
    return asked.act(_clone, view=view, which="clone")


def view(look: PageContext, *, preview: Preview | None = None) -> TemplatePage:
    """The page."""
    competition = look.competition
    page = SettingsPage(
        frame=look.section("settings"),
        competition=look.view,
        given=_given(competition),
        settings=CompetitionEdit.model_construct(**competition.model_dump(include=set(EDITABLE))),
        sections=(*SECTIONS, WHOLE) if look.frame.is_owner else SECTIONS,
        sharing=SHARING,
        board_rules=BOARD_RULES,
        ways_to_join=_ways_to_join(competition, look.services.school_name),
        zones=ZONES,
        participants=joining.count(look.session, look.row_id),
        submissions=sum(queries.counts_by_state(look.session, look.row_id).values()),
        takes_submissions=schedule.phase(competition, look.now) is schedule.Phase.OPEN,
        server_origins=look.services.settings.embed_origins,
        is_archived=competition.archived_at is not None,
        is_frozen=schedule.is_frozen(competition, look.now),
        preview=preview,
        preparations=preparations(dataset_of(look.session, competition)),
        metrics=catalogue.for_kind(task_of(look.session, competition).kind),
    )
    return "organize/settings.html", page


def _ways_to_join(competition: Competition, school: str) -> tuple[tuple[str, str], ...]:
    """By the school as well where there is such a sign-in, or it is set already."""
    is_set = competition.joining in {Joining.SCHOOL, Joining.SCHOOL_OR_CODE}
    if not school and not is_set:
        return WAYS_TO_JOIN
    named = school or "the school (not set up here)"
    return (*((way, words.format(school=named)) for way, words in BY_SCHOOL), *WAYS_TO_JOIN)


def changes_of(form: Form, competition: Competition) -> dict[str, object]:
    """The form as the API's fields; sizes that were left alone stay to the byte.

    Raises ProblemError `validation`.
    """
    shown_otherwise: dict[str, object] = {
        "rank_predictions": not form.ticked("models_only"),
        "embed_origins": form.lines("embed_origins").split(),
        "also": form.text("also").replace(",", " ").split(),
        "model_bytes": _bytes(form, "model_mb", "The size of a model", competition.model_bytes),
        "predictions_bytes": _bytes(
            form, "predictions_mb", "The size of a prediction file", competition.predictions_bytes
        ),
    }
    read = settings_form.values(form, CompetitionEdit, besides=shown_otherwise)
    return shaped(CompetitionEdit, read | shown_otherwise).given()


def _given(it: Competition) -> dict[str, str]:
    sizes = {
        "model_mb": _megabytes(it.model_bytes),
        "predictions_mb": _megabytes(it.predictions_bytes),
    }
    return settings_form.texts(it, CompetitionEdit) | sizes


def _bytes(form: Form, name: str, label: str, current: int) -> int:
    if form.text(name) == _megabytes(current):
        return current
    try:
        return int(Decimal(form.text(name)) * MEGABYTE)
    except (InvalidOperation, ValueError, OverflowError):
        raise refusal(f"{label} is a number of megabytes.", "For example: 50.", name) from None


def _megabytes(size: int) -> str:
    megabytes = Decimal(size) / MEGABYTE
    rounded = round(megabytes, 1 if megabytes >= 1 else 6)
    return format(rounded.normalize(), "f")


def _save(act: FormContext) -> Notice:
    changes = changes_of(act.form, act.competition)
    edit_competition.perform(act.context, act.competition, changes)
    return Notice(text="Saved. The settings hold from now on; the audit log has the old ones.")


def _clone(act: FormContext) -> Notice:
    body = shaped(CloneIn, {"title": act.form.text("title")})
    given = clone_of(act.competition, body.given())
    made = create_competition.perform(act.context, None, given)
    return Notice(
        text=f"“{made.title}” has the same settings, join code {made.join_code}, and no schedule: "
        "it is open now. Set its times.",
        to=f"{HOME}/c/{made.slug}/settings",
    )


act_forms.add(router, view, {"/archive": archive_competition, "/unarchive": unarchive_competition})


act_forms.add(router, view, {"/forget": forget_people})
