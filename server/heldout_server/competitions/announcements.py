"""Announcements: put on the board, withdrawn, and which of them are shown at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import or_, select
from sqlmodel import Session, col

from heldout_server.acts import events, removal
from heldout_server.acts.audit_log import Target
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    Ids,
    NoFields,
    Performed,
    Subject,
    act,
)
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.kit.formats import clock
from heldout_server.kit.moments import Moment
from heldout_server.models import Announcement, AuditEntry, Competition
from heldout_server.models.base import public_id

LONGEST_TEXT = 500
USUALLY_SHOWN_FOR = timedelta(minutes=10)
"""Where nobody says until when: pizza that came an hour ago isn't news any more."""


class AnnouncementIn(BaseModel):
    """What the room shall read. Without `until` for ten minutes; null: until it is withdrawn."""

    text: str = Field(max_length=2000, examples=["Pizza is here. Ten minutes more for everybody."])
    level: Literal["info", "warning"] = Field("info", examples=["info"])
    until: Moment | None = Field(None, examples=["2026-11-25T20:00:00-05:00"])

    def end(self, now: datetime) -> datetime | None:
        """Until when it is shown, if it ends by itself."""
        return self.until if "until" in self.model_fields_set else now + USUALLY_SHOWN_FOR


def _find(context: ActContext, ids: Ids) -> Announcement:
    return by_public_id(context.session, context.competition_id, ids["announcement_id"])


def _target(context: ActContext, announcement: Announcement) -> Target:
    return Target("announcement", announcement.public_id, announcement.competition_id)


ANNOUNCEMENT = Subject(
    Announcement, "/competitions/{slug}/announcements/{announcement_id}", _find, _target
)


def _said_before(context: ActContext, it: Competition, entry: AuditEntry) -> Announcement:
    return _of(context, entry)


def _of(context: ActContext, entry: AuditEntry) -> Announcement:
    return _find(context, {"announcement_id": entry.target_id})


def _said(done: Performed[Competition, AnnouncementIn]) -> str:
    until = done.result.until
    end = f"until {clock(until, done.subject.timezone)}" if until else "until it is taken down"
    return f"Announced: everybody who looks at the board reads it, {end}."


def _set_withdrawn(
    context: ActContext, announcement: Announcement, withdrawn_at: datetime | None
) -> None:
    announcement.withdrawn_at = withdrawn_at
    context.session.add(announcement)
    context.session.flush()
    _tell(context, announcement, shown=withdrawn_at is None)


_unsay, _say_again = removal.inverses(_of, lambda one: one.withdrawn_at, _set_withdrawn)


@act(
    "announcement.announce", COMPETITION, AnnouncementIn, route="POST /announcements", status=201,
    answers=Announcement, again=_said_before, label="Announce", words="announced something",
    inverse=_unsay, done=_said,
)  # fmt: skip
def announce(context: ActContext, competition: Competition, given: AnnouncementIn) -> Announcement:
    """Tell the room, above the board and over the event stream, for ten minutes unless `until`
    says otherwise; at the latest to the reveal. Inverse: withdraw it.
    """
    said, until = printable(given.text, LONGEST_TEXT), given.end(context.now)
    if not said:
        raise ProblemError(
            "validation", "An announcement has a text, and a level: info or warning."
        )
    if until is not None and until <= context.now:
        raise ProblemError(
            "validation", "The announcement would end before it begins.", "Leave `until` out."
        )
    made = Announcement(
        public_id=public_id("n"),
        competition_id=context.competition_id,
        text=said,
        level=given.level,
        until=until,
        created_at=context.now,
    )
    context.session.add(made)
    context.session.flush()
    _tell(context, made, shown=True)
    context.record(None, _facts(made), target=_target(context, made))
    return made


@act(
    "announcement.withdraw", ANNOUNCEMENT, NoFields, route="DELETE ", label="Take down",
    words="withdrew an announcement", inverse=_say_again, done="Taken down: it is off the board.",
)  # fmt: skip
def withdraw_announcement(context: ActContext, found: Announcement, given: NoFields) -> None:
    """Take it off the board."""
    if found.withdrawn_at is None:
        before = _facts(found)
        _set_withdrawn(context, found, context.now)
        context.record(before, _facts(found))


def shown(session: Session, competition_id: int, *, now: datetime) -> list[Announcement]:
    """What the board shows now, newest first; what was said before the reveal is over with it."""
    revealed_at = col(Competition.revealed_at)
    query = (
        select(Announcement)
        .join(Competition, col(Competition.id) == col(Announcement.competition_id))
        .where(
            col(Announcement.competition_id) == competition_id,
            col(Announcement.withdrawn_at).is_(None),
            or_(col(Announcement.until).is_(None), col(Announcement.until) > now),
            or_(revealed_at.is_(None), col(Announcement.created_at) >= revealed_at),
        )
        .order_by(col(Announcement.id).desc())
    )
    return list(session.execute(query).scalars())


def history(
    session: Session, competition_id: int, *, limit: int, before: int | None = None
) -> list[Announcement]:
    """A page of all announcements, newest first; `before` is a row id."""
    query = select(Announcement).where(col(Announcement.competition_id) == competition_id)
    if before is not None:
        query = query.where(col(Announcement.id) < before)
    query = query.order_by(col(Announcement.id).desc()).limit(limit)
    return list(session.execute(query).scalars())


def by_public_id(session: Session, competition_id: int, public_id: str) -> Announcement:
    """The announcement of this competition. Raises ProblemError `not_found`."""
    query = select(Announcement).where(
        col(Announcement.competition_id) == competition_id,
        col(Announcement.public_id) == public_id,
    )
    found: Announcement | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "This competition has no announcement with this id.")
    return found


def _facts(announcement: Announcement) -> dict[str, object]:
    return {
        "text": announcement.text,
        "level": announcement.level,
        "until": announcement.until,
        "shown": announcement.withdrawn_at is None,
    }


def _tell(context: ActContext, announcement: Announcement, *, shown: bool) -> None:
    until = announcement.until.isoformat() if announcement.until else None
    events.append(
        context.session,
        EventKind.ANNOUNCED,
        competition_id=announcement.competition_id,
        now=context.now,
        data={
            "announcement": announcement.public_id,
            "shown": shown,
            "text": announcement.text if shown else None,
            "level": announcement.level,
            "until": until,
        },
    )
