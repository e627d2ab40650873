"""Announcements on the board."""

from fastapi import APIRouter

from heldout_server.competitions import announcements
from heldout_server.web.api.admin.access import Acting, CallingOrganizer
from heldout_server.web.api.admin.scope import BeforeRow, Changed, LookedAt, PageLength, row_id
from heldout_server.web.deps import Now, ReadSession, WriteSession
from heldout_server.web.schemas.announcements import (
    AdminAnnouncementOut,
    AdminAnnouncementsOut,
    AnnouncementIn,
)

router = APIRouter(prefix="/competitions/{slug}/announcements")


@router.get("")
def list_all_announcements(
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
    limit: PageLength = 50,
    before: BeforeRow = None,
) -> AdminAnnouncementsOut:
    """Every announcement, also what is over, newest first."""
    rows = announcements.history(session, row_id(competition), limit=limit + 1, before=before)
    shown = rows[:limit]
    return AdminAnnouncementsOut(
        announcements=[AdminAnnouncementOut.model_validate(row) for row in shown],
        next=shown[-1].id if len(rows) > limit else None,
    )


@router.post("", status_code=201)
def announce(
    body: AnnouncementIn, actor: Acting, competition: Changed, session: WriteSession, now: Now
) -> AdminAnnouncementOut:
    """Tell the room, above the board and over the event stream, for ten minutes unless `until`
    says otherwise; at the latest to the reveal. Inverse: withdraw it.
    """
    made = announcements.announce(
        session, actor, competition, body.text, level=body.level, until=body.end(now), now=now
    )
    return AdminAnnouncementOut.model_validate(made)


@router.delete("/{announcement_id}")
def withdraw_announcement(
    announcement_id: str, actor: Acting, competition: Changed, session: WriteSession, now: Now
) -> AdminAnnouncementOut:
    """Take it off the board."""
    found = announcements.by_public_id(session, row_id(competition), announcement_id)
    announcements.withdraw(session, actor, found, now=now)
    return AdminAnnouncementOut.model_validate(found)
