"""The audit log, read-only: there is no call that changes or deletes an entry."""

from typing import Annotated

from fastapi import Depends, Query

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Wanted
from heldout_server.competitions import queries as competitions
from heldout_server.kit.moments import Moment
from heldout_server.models import AuditEntry
from heldout_server.web.api.admin.access import CallingOrganizer
from heldout_server.web.deps import ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.audit import AuditEntryOut, AuditLogOut

router = Routes(prefix="/audit")

Text = Annotated[str | None, Query(max_length=80)]
RowId = Annotated[int | None, Query(ge=0, lt=2**31)]


def wanted(
    session: ReadSession,
    competition: Text = None,
    actor: Text = None,
    action: Annotated[
        str | None, Query(max_length=80, examples=["competition", "competition.pause"])
    ] = None,
    target: Text = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Wanted:
    """The filter. Raises ProblemError `not_found` for an unknown competition."""
    scope = competitions.by_slug(session, competition).id if competition is not None else None
    return Wanted(
        competition_id=scope,
        actor_id=actor,
        action=action,
        target_id=target,
        since=since,
        until=until,
    )


@router.get("")
def list_audit_log(
    organizer: CallingOrganizer,
    session: ReadSession,
    found: Annotated[Wanted, Depends(wanted)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId = None,
) -> AuditLogOut:
    """Who did what, when, with before and after; newest first."""
    entries = audit_log.page(session, found, limit=limit + 1, before=before)
    slugs = {c.id: c.slug for c in competitions.all_competitions(session)}
    shown = [entry_out(entry, slugs) for entry in entries[:limit]]
    return AuditLogOut(entries=shown, next=shown[-1].id if len(entries) > limit else None)


def entry_out(entry: AuditEntry, slugs: dict[int | None, str]) -> AuditEntryOut:
    """One entry as organizers see it."""
    fields = entry.model_dump(exclude=audit_log.NOT_SHOWN)
    return AuditEntryOut(**fields, competition=slugs.get(entry.competition_id))
