"""The roster: CSV in, personal invites out, CSV out again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Query, Request, Response

from heldout_server.acts.registry import ActContext, NoFields
from heldout_server.kit import csv_files
from heldout_server.kit.errors import ProblemError
from heldout_server.people import roster
from heldout_server.web.api.admin.access import Acting
from heldout_server.web.api.admin.competitions import ToChange, ToRead
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import people_from_rows as present
from heldout_server.web.schemas.people import (
    ImportedOut,
    InviteOut,
    RosterEntryOut,
    RosterOut,
)

router = Routes()
ROSTER = "/competitions/{slug}/roster"

CSV = "text/csv"
EXAMPLE = "name,email,reference,team\nAda Lovelace,ada@example.org,20830001,Analysts\n"


@router.get(ROSTER)
def list_roster(
    competition: ToRead,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=24)] = None,
) -> RosterOut:
    """Who is expected, and who came."""
    start = roster.by_public_id(session, competition, after).id if after is not None else None
    found = roster.page(session, competition, limit=limit + 1, after=start or 0)
    shown = [present.entry_out(entry, came) for entry, came in found[:limit]]
    return RosterOut(entries=shown, next=shown[-1].id if len(found) > limit else None)


@router.get(ROSTER + ".csv", response_class=Response, responses={200: {"content": {CSV: {}}}})
def export_roster(competition: ToRead, session: ReadSession) -> Response:
    """The whole roster as CSV, to import again or to open in a spreadsheet (formulas are made
    harmless). Invites aren't in it: only their hashes are kept.
    """
    entries = [present.entry_out(*row) for row in roster.page(session, competition, limit=None)]
    columns = [name for name in RosterEntryOut.model_fields if name != "id"]
    rows = ([entry.model_dump(mode="json")[name] for name in columns] for entry in entries)
    headers = {"Content-Disposition": f'attachment; filename="{competition.slug}-roster.csv"'}
    return Response(csv_files.written(columns, rows), headers=headers, media_type=CSV)


@router.post(ROSTER)
def import_roster(
    body: Annotated[bytes, Body(media_type=CSV, examples=[EXAMPLE])],
    request: Request,
    competition: ToChange,
    actor: Acting,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> ImportedOut:
    """Add and update people from a CSV file, or from names alone, one a line; all or none. The same
    file again changes nothing. Who came with the room's code under the very name of one of them is
    linked; invites of the other new ones are shown only here. Inverse: remove entries.
    """
    context = ActContext(session, actor, now, competition)
    imported = roster.import_roster.perform(context, competition, _text(body))
    base_url = services.base_url(request)
    return ImportedOut(
        added=imported.added,
        linked=len(imported.linked),
        updated=imported.updated,
        unchanged=imported.unchanged,
        invites=[present.invite_out(competition, i, base_url) for i in imported.invited],
    )


@router.post(ROSTER + "/{entry_id}/invite")
def invite_again(
    entry_id: str,
    request: Request,
    competition: ToChange,
    actor: Acting,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> InviteOut:
    """A new personal invite, shown only here; the one before stops working. Has no inverse."""
    entry = roster.by_public_id(session, competition, entry_id)
    context = ActContext(session, actor, now, competition)
    invited = roster.invite_again.perform(context, entry, NoFields())
    return present.invite_out(competition, invited, services.base_url(request))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProblemError(
            "validation", "The roster isn't UTF-8 text.", "Save it as “CSV UTF-8”."
        ) from None
