"""Everything a competition can be set to, on one page; put away, and cloned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from fastapi import APIRouter, Response
from markupsafe import Markup

from heldout_server.competitions import freeze_and_reveal, markdown, schedule, settings_acts
from heldout_server.models import Competition, RunSharing
from heldout_server.people import joining
from heldout_server.web.pages.console.forms import Form, local, refusal, shaped
from heldout_server.web.pages.console.layout import HOME, OnePage, Refused, Said
from heldout_server.web.pages.console.request import Act, Look, Looking, OwnersWork, Shown, Working
from heldout_server.web.pages.console.zones import ZONES
from heldout_server.web.schemas.competitions import CloneIn, CompetitionEdit

router = APIRouter(prefix="/c/{slug}/settings")

MEGABYTE = 1_000_000
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
    """`given` fills the form: every field as text, times in the room's zone.

    `server_origins` are sites that may show every board of this server.
    """

    given: dict[str, str]
    kinds: tuple[str, ...]
    nicknames: bool
    rank_predictions: bool
    joining: str
    visibility: str
    run_sharing: str
    pool: str
    sharing: tuple[tuple[str, str], ...]
    zones: tuple[str, ...]
    participants: int
    server_origins: tuple[str, ...]
    is_archived: bool
    is_frozen: bool
    preview: Preview | None


@router.get("")
def settings(desk: Looking) -> Response:
    """The form."""
    return desk.show(view)


@router.post("/save")
def save(desk: OwnersWork) -> Response:
    """Change what differs."""
    return desk.act(_save, view=view, which="settings")


@router.post("/preview")
def preview(desk: Working) -> Response:
    """Show the Markdown as the room would read it; nothing is saved."""
    shown = Preview(
        description=Markup(markdown.to_html(desk.form.lines("description"))),  # noqa: S704 sanitised
        rules=Markup(markdown.to_html(desk.form.lines("rules"))),  # noqa: S704 sanitised
    )
    typed = Refused(which="settings", error=None, typed=desk.form.typed)
    return desk.show(lambda look: view(look, preview=shown), refused=typed)


@router.post("/archive")
def archive(desk: OwnersWork) -> Response:
    """Put it away."""
    return desk.act(_archive, view=view, which="archive")


@router.post("/unarchive")
def unarchive(desk: OwnersWork) -> Response:
    """Bring it back."""
    return desk.act(_unarchive, view=view, which="archive")


@router.post("/clone")
def clone(desk: OwnersWork) -> Response:
    """The same settings for another evening."""
    return desk.act(_clone, view=view, which="clone")


def view(look: Look, *, preview: Preview | None = None) -> Shown:
    """The page."""
    competition = look.competition
    page = SettingsPage(
        frame=look.section("settings"),
        competition=look.view,
        given=_given(competition),
        kinds=tuple(competition.kinds),
        nicknames=competition.nicknames,
        rank_predictions=competition.rank_predictions,
        joining=competition.joining,
        visibility=competition.visibility,
        run_sharing=competition.run_sharing,
        pool=competition.pool,
        sharing=SHARING,
        zones=ZONES,
        participants=joining.count(look.session, look.row_id),
        server_origins=look.services.settings.embed_origins,
        is_archived=competition.archived_at is not None,
        is_frozen=schedule.is_frozen(competition, look.now),
        preview=preview,
    )
    return "organize/settings.html", page


def _given(it: Competition) -> dict[str, str]:
    plain = (
        "title", "description", "rules", "timezone", "join_code", "quota_per_day", "quota_total",
        "interval_seconds", "attempts_per_minute", "team_size", "final_choices",
    )  # fmt: skip
    values = {name: getattr(it, name) for name in plain}
    return {
        **{name: "" if value is None else str(value) for name, value in values.items()},
        "embed_origins": "\n".join(it.embed_origins),
        "opens_at": local(it.opens_at, it.timezone),
        "closes_at": local(it.closes_at, it.timezone),
        "model_mb": _megabytes(it.model_bytes),
        "predictions_mb": _megabytes(it.predictions_bytes),
    }


def changes_of(form: Form) -> dict[str, object]:
    """The form as the API's fields. Raises ProblemError `validation`."""
    zone = form.text("timezone")
    values: dict[str, object] = {
        "title": form.text("title"),
        "description": form.lines("description"),
        "rules": form.lines("rules"),
        "timezone": zone,
        "opens_at": form.moment("opens_at", zone, "The opening time"),
        "closes_at": form.moment("closes_at", zone, "The closing time"),
        "kinds": form.all("kinds"),
        "join_code": form.text("join_code"),
        "joining": form.text("joining"),
        "visibility": form.text("visibility"),
        "run_sharing": form.text("run_sharing"),
        "pool": form.text("pool"),
        "nicknames": form.ticked("nicknames"),
        "rank_predictions": not form.ticked("models_only"),
        "team_size": form.needed("team_size", "The size of a team"),
        "quota_per_day": form.whole("quota_per_day", "Scored a day"),
        "quota_total": form.whole("quota_total", "Scored in all"),
        "interval_seconds": form.needed("interval_seconds", "Seconds between submissions"),
        "attempts_per_minute": form.needed("attempts_per_minute", "Attempts a minute"),
        "final_choices": form.needed("final_choices", "Final submissions"),
        "embed_origins": form.lines("embed_origins").split(),
        "model_bytes": _bytes(form, "model_mb", "The size of a model"),
        "predictions_bytes": _bytes(form, "predictions_mb", "The size of a prediction file"),
    }
    return shaped(CompetitionEdit, values).given()


def _bytes(form: Form, name: str, label: str) -> int:
    try:
        return int(Decimal(form.text(name)) * MEGABYTE)
    except (InvalidOperation, ValueError, OverflowError):
        raise refusal(f"{label} is a number of megabytes.", "For example: 50.", name) from None


def _megabytes(size: int) -> str:
    # Every digit: a form that is saved as it was must change nothing.
    return format((Decimal(size) / MEGABYTE).normalize(), "f")


def _save(act: Act) -> Said:
    freeze_and_reveal.edit(
        act.session, act.actor, act.competition, changes_of(act.form), now=act.now
    )
    return Said(text="Saved. The settings hold from now on; the audit log has the old ones.")


def _archive(act: Act) -> Said:
    settings_acts.archive(act.session, act.actor, act.competition, now=act.now)
    return Said(text="Archived: closed and no longer listed. Nothing was deleted.")


def _unarchive(act: Act) -> Said:
    settings_acts.unarchive(act.session, act.actor, act.competition, now=act.now)
    return Said(text="It is back, as it was.")


def _clone(act: Act) -> Said:
    body = shaped(CloneIn, {"title": act.form.text("title")})
    made = settings_acts.clone(act.session, act.actor, act.competition, body.given(), now=act.now)
    return Said(
        text=f"“{made.title}” has the same settings, join code {made.join_code}, and no schedule: "
        "it is open now. Set its times.",
        to=f"{HOME}/c/{made.slug}/settings",
    )
