"""A fresh start after a rehearsal: submissions go, and people if wanted; the contest stays.

Address, join code, settings, roster, baselines and the audit log are kept. Nothing brings back what
is removed, so nothing done before it can be undone either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Table, delete, func, select, update
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import COMPETITION, ActContext, act
from heldout_server.competitions import freeze_and_reveal, hardest_wall, schedule
from heldout_server.competitions.changes import put
from heldout_server.competitions.schedule import Phase
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    Announcement,
    AuditEntry,
    Best,
    ClassInsight,
    Competition,
    Drawing,
    DrawingReading,
    DrawnFinal,
    Event,
    Finalist,
    FinalPhase,
    Participant,
    Rescore,
    Role,
    RosterEntry,
    Submission,
    Team,
    Upload,
    Webhook,
    WebhookDelivery,
    metadata,
)
from heldout_server.models.rescore import RescoreState

OF_THE_REHEARSAL = ("freeze_at", "revealed_at", "hardest_at")
# Events stay, for streams count by them; who is on the roster is expected again.
NOT_EMPTIED = frozenset({"event", "roster_entry", "submission", "participant"})


class ResetIn(BaseModel):
    """A reset is for good: repeat the competition's slug. `people`: remove who joined, too."""

    people: bool = Field(False, title="Who joined and their teams are removed, too")
    confirm: str = Field(max_length=60, title="The competition's address", examples=["mnist"])


@dataclass(frozen=True)
class Reset:
    """The competition, empty; `digests` are of files for `blob_references.drop_unreferenced` after
    the commit.
    """

    competition: Competition
    digests: frozenset[str]


def _reset_before(context: ActContext, competition: Competition, entry: AuditEntry) -> Reset:
    return Reset(competition, frozenset())


@act(
    "competition.reset", COMPETITION, ResetIn, role=Role.OWNER, again=_reset_before,
    words="reset the competition", label="Reset after a rehearsal", is_bad=True, bars_undo=True,
    done="Reset: it has no submissions. Look at when it closes, and resume it if it is paused.",
)  # fmt: skip
def reset_competition(context: ActContext, competition: Competition, given: ResetIn) -> Reset:
    """Remove all submissions and what says something of them; the body repeats the slug.

    With `people`, who joined is removed, too. Freeze and reveal are taken back; address, join code,
    settings, roster, baselines and webhooks stay. Has no inverse.
    """
    session = context.session
    _check(session, competition, given.confirm, context.now)
    _hold(session, competition, people=given.people)
    before = {"submissions": _count(session, Submission, competition),
              "participants": _count(session, Participant, competition)}  # fmt: skip
    digests = _digests(session, competition)
    put(session, competition, dict.fromkeys(OF_THE_REHEARSAL), now=context.now)
    _remove_final(session, competition)
    _remove_submissions(session, competition)
    _start_people_anew(session, competition)
    if given.people:
        _remove_people(session, competition)
    _forget_what_was_said(session, competition)
    hardest_wall.forget(session, competition)
    session.expire_all()
    events.append(
        session, EventKind.RERANKED, competition_id=context.competition_id, now=context.now
    )
    context.record(before, {"people": given.people})
    return Reset(competition, digests)


def _check(
    session: Session, competition: Competition, confirmation: str, now: datetime
) -> None:  # fmt: skip
    if confirmation.strip() != competition.slug:
        raise ProblemError(
            "validation",
            "A reset removes for good, so the competition's address must be repeated.",
            f"Type {competition.slug}.",
            field="confirm",
        )
    if schedule.phase(competition, now) is Phase.OPEN:
        raise ProblemError(
            "conflict", "This competition takes submissions.", "Pause it first, then reset it."
        )
    # Each phone locks a person and a drawing, in either order: against a room of them PostgreSQL
    # would end the reset as a deadlock.
    final = session.get(DrawnFinal, competition.id)
    playing = {FinalPhase.DRAW, FinalPhase.READ}
    if final is not None and final.paused_at is None and final.phase in playing:
        raise ProblemError(
            "conflict", "Its final is under way.", "Pause the final first, then reset it."
        )
    under_way = freeze_and_reveal.under_way(session, competition)
    if under_way:
        raise ProblemError(
            "conflict",
            f"{under_way:,} of its submissions are still being scored.",
            "Wait until its queue is empty, or stop them under “Queue”.",
        )


def _hold(session: Session, competition: Competition, *, people: bool) -> None:
    """Let nothing be written of what is removed: whoever derives a run or reads a drawing waits,
    then finds nothing to write it for. Without, PostgreSQL refuses the reset for the row that came
    meanwhile.
    """
    held = (Participant, Submission, Drawing) if people else (Submission, Drawing)
    for model in held:
        rows = select(col(model.id)).where(col(model.competition_id) == competition.id)
        session.execute(rows.order_by(col(model.id)).with_for_update()).all()


def _digests(session: Session, competition: Competition) -> frozenset[str]:
    query = select(col(Submission.sha256), col(Submission.predictions_sha256)).where(
        col(Submission.competition_id) == competition.id
    )
    return frozenset(digest for pair in session.execute(query) for digest in pair if digest)


def _remove_submissions(session: Session, competition: Competition) -> None:
    ids = select(col(Submission.id)).where(col(Submission.competition_id) == competition.id)
    # The board's rows refer to the scores.
    session.execute(delete(Best).where(col(Best.competition_id) == competition.id))
    for table in _tables_with("submission_id"):
        session.execute(delete(table).where(table.c.submission_id.in_(ids)))
    emptied = update(Event).where(col(Event.submission_id).in_(ids))
    session.execute(
        emptied.values(data={}, submission_id=None).execution_options(synchronize_session=False)
    )
    for model in (Submission, Upload, ClassInsight):
        session.execute(delete(model).where(col(model.competition_id) == competition.id))
    drafts = delete(Rescore).where(
        col(Rescore.competition_id) == competition.id, col(Rescore.state) != RescoreState.APPLIED
    )
    session.execute(drafts)


def _remove_final(session: Session, competition: Competition) -> None:
    drawn = select(col(Drawing.id)).where(col(Drawing.competition_id) == competition.id)
    session.execute(delete(DrawingReading).where(col(DrawingReading.drawing_id).in_(drawn)))
    for model in (Drawing, Finalist, DrawnFinal):
        session.execute(delete(model).where(col(model.competition_id) == competition.id))


def _start_people_anew(session: Session, competition: Competition) -> None:
    """Nothing that they were given in the rehearsal is left."""
    ids = select(col(Participant.id)).where(col(Participant.competition_id) == competition.id)
    for table in _tables_with("participant_id"):
        if table.name in {"quota_grant", "turn"}:
            session.execute(delete(table).where(table.c.participant_id.in_(ids)))
    session.execute(
        update(Participant)
        .where(col(Participant.competition_id) == competition.id)
        .values(extra_minutes=0)
        .execution_options(synchronize_session=False)
    )


def _remove_people(session: Session, competition: Competition) -> None:
    here = col(Participant.competition_id) == competition.id
    ids = select(col(Participant.id)).where(here)
    expected = update(RosterEntry).where(col(RosterEntry.competition_id) == competition.id)
    session.execute(
        expected.values(participant_id=None).execution_options(synchronize_session=False)
    )
    for table in _tables_with("participant_id"):
        session.execute(delete(table).where(table.c.participant_id.in_(ids)))
    merged = update(Participant).where(here).values(merged_into_id=None)
    session.execute(merged.execution_options(synchronize_session=False))
    session.execute(delete(Participant).where(here))
    session.execute(delete(Team).where(col(Team.competition_id) == competition.id))


def _forget_what_was_said(session: Session, competition: Competition) -> None:
    """Announcements, and what webhooks were told: the first submission is news again."""
    hooks = select(col(Webhook.id)).where(col(Webhook.competition_id) == competition.id)
    session.execute(delete(WebhookDelivery).where(col(WebhookDelivery.webhook_id).in_(hooks)))
    told = update(Webhook).where(col(Webhook.competition_id) == competition.id)
    session.execute(
        told.values(leader_id=None, crossed=[]).execution_options(synchronize_session=False)
    )
    session.execute(delete(Announcement).where(col(Announcement.competition_id) == competition.id))


def _tables_with(column: str) -> Sequence[Table]:
    """Every table that says something of it, whoever added the table."""
    return [
        table
        for table in reversed(metadata.sorted_tables)
        if column in table.c and table.name not in NOT_EMPTIED
    ]


def _count(
    session: Session, model: type[Submission] | type[Participant], competition: Competition
) -> int:  # fmt: skip
    query = select(func.count()).where(col(model.competition_id) == competition.id)
    number: int = session.execute(query).scalar_one()
    return number
