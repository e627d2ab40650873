"""What an organizer reads in three seconds, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import undo
from heldout_server.competitions import announcements, schedule
from heldout_server.jobs import alerts, pools
from heldout_server.kit.disk import free_bytes
from heldout_server.leaderboard import standings
from heldout_server.leaderboard.submission_report import report
from heldout_server.models import HELD, Competition, State
from heldout_server.people import joining, participants
from heldout_server.submissions import organizer_list, queries, retention
from heldout_server.submissions.organizer_list import Filter
from heldout_server.web.joins import MANY_ACCOUNTS
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.pages.board.from_rows import announcement_view, queue_strip, submission_view
from heldout_server.web.pages.board.notebook_cell import snippet_for
from heldout_server.web.pages.console.announcements import STAYS
from heldout_server.web.pages.console.checklist import Check, Evening, checklist
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import PageContext, TemplatePage
from heldout_server.web.pages.console.words import act_words, seconds_words
from heldout_server.web.reachability import WHERE, Reach, reach_of
from heldout_server.web.room_addresses import short_path, tv_path
from heldout_server.web.services import Services
from heldout_server.web.view_models.board import AnnouncementView
from heldout_server.web.view_models.notebook_snippet import Snippet
from heldout_server.web.view_models.pages import QueueStrip, SubmissionView

SANDBOX = "sandbox"
LATEST = 8
MOST_NAMES = 300
MOST_HELD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much happened so far in the competition; `rejected` is their files, `errors` is ours.

    Of the `participants` who joined, `silent` have sent nothing; `ranked` rows are on the board.
    """

    participants: int = 0
    ranked: int = 0
    silent: int = 0
    submissions: int = 0
    scored: int = 0
    rejected: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address under which the room reaches the board, with a word on who can use it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestSubmission:
    """A line in the organizer's list; `code` is the verdict's code once there is one."""

    submission: SubmissionView
    score: float | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A prediction file that waits for an organizer's decision; `score` is the public one."""

    id: str
    name: str
    participant_id: str
    participant_name: str
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """An open alarm: one address made many accounts."""

    id: int
    detail: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """One thing that must work, whether it does, and what it says."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The next moment that matters: "opens in" or "closes in"; `at` None: there is none."""

    words: str
    left: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """The act that undoing takes back; `id` is its audit entry."""

    id: int
    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardPage(OnePage):
    """The evening in one look, and the panic bar. `names` are those who can be given a try.

    `waits_for_machines` says what to do while models wait in vain for a GPU or for TensorFlow.
    `deletes_at`: when names and files go, while some are left of a contest that is over.
    `checklist` stands first until something was submitted, and is on the whole page alone.
    """

    join_code: str
    deadline: Deadline
    is_frozen: bool
    freeze_at: datetime | None
    is_revealed: bool
    is_archived: bool
    counts: Counts
    queue: QueueStrip
    health: tuple[HealthCheck, ...]
    held: tuple[Held, ...]
    crowds: tuple[Crowd, ...]
    waits_for_machines: str
    deletes_at: datetime | None
    latest: tuple[LatestSubmission, ...]
    announcements: tuple[AnnouncementView, ...]
    stays: tuple[tuple[str, str], ...] = STAYS
    undoable: Undoable | None
    names: tuple[str, ...]
    addresses: tuple[Address, ...]
    snippet: Snippet
    checklist: tuple[Check, ...] = ()

    @property
    def missing(self) -> int:
        """How much of the checklist isn't as it should be."""
        return sum(not check.ok for check in self.checklist)


def view(look: PageContext) -> TemplatePage:
    """The whole page."""
    names = participants.names(look.session, look.competition, limit=MOST_NAMES)
    page = dashboard(look, names=names)
    return "organize/dashboard.html", replace(page, checklist=_checklist(look, page))


def live_view(look: PageContext) -> TemplatePage:
    """The part of it that follows the evening."""
    return "organize/_dashboard.html", dashboard(look)


def dashboard(look: PageContext, *, names: tuple[str, ...] = ()) -> DashboardPage:
    """The dashboard of the competition in the address; `names` are suggested while typing."""
    competition, session = look.competition, look.session
    base_url = look.services.base_url(look.request)
    return DashboardPage(
        frame=look.section("dashboard"),
        competition=look.view,
        join_code=competition.join_code,
        deadline=deadline(competition, look.now),
        is_frozen=schedule.is_frozen(competition, look.now),
        freeze_at=competition.freeze_at,
        is_revealed=competition.revealed_at is not None,
        is_archived=competition.archived_at is not None,
        counts=counts(session, competition),
        queue=queue_strip(session),
        health=health(look.services),
        held=_held(session, look.row_id),
        crowds=_crowds(session),
        waits_for_machines=pools.organizers_note(session, competition),
        deletes_at=_deletes_at(session, competition, look.now),
        latest=_latest(session, look.row_id),
        announcements=_announcements(session, look.row_id, look.now),
        undoable=undoable(session, competition),
        names=names,
        addresses=_addresses(look),
        snippet=snippet_for(look.services, base_url, competition.join_code),
    )


def _checklist(look: PageContext, page: DashboardPage) -> tuple[Check, ...]:
    sandbox = next(check for check in page.health if check.name == SANDBOX)
    competition = look.competition
    evening = Evening(
        competition=competition,
        room_url=look.services.room_url(look.services.base_url(look.request)),
        tv_path=tv_path(competition.slug, competition.join_code),
        joined=page.counts.participants,
        takes_models=sandbox.ok,
        sandbox=sandbox.detail,
        free_bytes=free_bytes(look.services.work_folder),
    )
    return checklist(evening, base=page.frame.base, now=look.now)


def deadline(competition: Competition, now: datetime) -> Deadline:
    """What comes next, and in how long."""
    opens, closes = competition.opens_at, competition.closes_at
    if competition.archived_at is not None:
        return Deadline(words="archived", left="–")
    if competition.revealed_at is not None:
        return Deadline(words="private scores are revealed", left="–")
    if opens is not None and now < opens:
        return Deadline(words="until it opens", left=_left(opens, now), at=opens)
    if closes is None:
        return Deadline(words="no closing time set", left="∞")
    if now >= closes:
        return Deadline(words="closed", left="0 min")
    return Deadline(words="left", left=_left(closes, now), at=closes)


def counts(session: Session, competition: Competition) -> Counts:
    """How much happened so far."""
    assert competition.id is not None
    states = queries.counts_by_state(session, competition.id)
    return Counts(
        participants=joining.count(session, competition.id),
        ranked=standings.page(session, competition.id, limit=1).total,
        silent=participants.silent(session, competition),
        submissions=sum(states.values()),
        scored=states.get(State.SCORED, 0),
        rejected=states.get(State.REJECTED, 0),
        errors=states.get(State.ERROR, 0),
    )


def health(services: Services) -> tuple[HealthCheck, ...]:
    """Each thing that must work, and the sandbox last."""
    found = services.check_health()
    checks = [
        HealthCheck(name=name, ok=result == "ok", detail="" if result == "ok" else result)
        for name, result in found.checks.items()
    ]
    models = found.models
    outcome = f"{models.sandbox}: {models.contained} of {models.probes} attempts contained"
    runners = f"{models.ready} of {models.slots} runners ready, {models.busy} busy"
    sandbox = f"{outcome}; {runners}" if models.probes else models.detail or models.sandbox
    return (*checks, HealthCheck(name=SANDBOX, ok=models.accepting, detail=sandbox))


def undoable(session: Session, competition: Competition) -> Undoable | None:
    """The act that undoing would take back now."""
    act = undo.last(session, competition, ACTS)
    if act is None or act.id is None:
        return None
    return Undoable(
        id=act.id, words=act_words(act.action), by=act.actor_name, at=act.created_at
    )  # fmt: skip


def _left(until: datetime, now: datetime) -> str:
    return seconds_words((until - now).total_seconds())


def _addresses(look: PageContext) -> tuple[Address, ...]:
    here = look.services.base_url(look.request)
    room = look.services.room_url(here)
    slug = look.competition.slug
    found = [Address(label=WHERE[reach_of(room)], url=f"{room}/c/{slug}")]
    if reach_of(room) is not Reach.MACHINE:
        found.append(Address(label="To join, by hand", url=f"{room}{short_path()}"))
    if here != room:
        found.append(Address(label="On this machine", url=f"{here}/c/{slug}"))
    return tuple(found)


def _announcements(
    session: Session, competition_id: int, now: datetime
) -> tuple[AnnouncementView, ...]:
    found = announcements.shown(session, competition_id, now=now)
    return tuple(announcement_view(one) for one in found)


def _held(session: Session, competition_id: int) -> tuple[Held, ...]:
    found = organizer_list.page(session, competition_id, Filter(moderation=HELD), limit=MOST_HELD)
    return tuple(
        Held(
            id=line.id,
            name=line.name or line.filename,
            participant_id=line.participant_id,
            participant_name=line.participant_name,
            score=line.score,
        )
        for line in found
    )


def _crowds(session: Session) -> tuple[Crowd, ...]:
    return tuple(
        Crowd(id=alert.id or 0, detail=alert.detail, raised_at=alert.raised_at)
        for alert in alerts.unresolved(session)
        if alert.kind == MANY_ACCOUNTS
    )


def _deletes_at(session: Session, competition: Competition, now: datetime) -> datetime | None:
    if schedule.phase(competition, now) is not schedule.Phase.CLOSED:
        return None
    known = retention.knows_people(session, competition)
    return retention.deletes_at(competition) if known else None


def _latest(session: Session, competition_id: int) -> tuple[LatestSubmission, ...]:
    found = []
    for submission in queries.latest(session, competition_id, limit=LATEST):
        about = report(session, submission, in_confidence=True)
        found.append(
            LatestSubmission(
                submission=submission_view(
                    submission,
                    about.participant,
                    about.queue_position,
                    name=about.participant.name,
                ),
                score=about.result.score if about.result else None,
                code=about.verdict.code if about.verdict else None,
            )
        )
    return tuple(found)
