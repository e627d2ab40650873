"""Export and import: lists for a spreadsheet or a script, and a whole event as one zip."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from heldout_server.acts.audit_log import Actor
from heldout_server.exporting import event_lists
from heldout_server.exporting.event_lists import Document
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer, CallingOwner
from heldout_server.web.api.admin.raw_body import RAW_BODY, receive
from heldout_server.web.api.admin.scope import LookedAt
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.exports import ImportedOut

router = Routes()

PRIVATE = {"Cache-Control": "no-store"}
ZIP = {"content": {"application/zip": {}}, "description": "The event"}


@router.get("/competitions/{slug}/export.zip", response_class=FileResponse, responses={200: ZIP})
def export_event(
    slug: str,
    actor: ActingOwner,
    services: ServicesDep,
    now: Now,
    labels: Annotated[
        bool, Query(description="Hidden labels and splits go along; whoever has the file has them.")
    ] = False,
) -> FileResponse:
    """The whole event: files, predictions, scores, run cards, people, events, audit log.

    Another Heldout of the same version imports it. Webhooks and organizers stay here.
    """
    descriptor, name = tempfile.mkstemp(suffix=".zip", dir=services.work_folder)
    os.close(descriptor)
    path = Path(name)
    try:
        services.events.write(slug, path, actor, with_labels=labels, now=now)
    except BaseException:
        path.unlink()
        raise
    return FileResponse(
        path,
        media_type="application/zip",
        filename=f"{slug}.heldout.zip",
        headers={**PRIVATE, "Content-Encoding": "identity"},
        background=BackgroundTask(path.unlink),
    )


@router.get("/competitions/{slug}/export/{document}.{format}", response_class=Response)
def export_document(
    document: Document,
    format: Literal["csv", "json"],
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
) -> Response:
    """A list as CSV (formulas neutralized) or JSON. Submissions come with private scores."""
    found = event_lists.records(session, competition, document)
    content, media_type = event_lists.written(found, document, format)
    name = f"{competition.slug}-{document}.{format}"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


async def imported(request: Request, owner: CallingOwner, services: ServicesDep, now: Now) -> str:
    """Receive the zip and take it in; the competition's slug. Raises ProblemError."""
    limit = services.settings.import_bytes
    with tempfile.NamedTemporaryFile(dir=services.work_folder) as file:
        await receive(request, file, limit)
        return await run_in_threadpool(
            services.events.take,
            Path(file.name),
            Actor.organizer(owner),
            limit_bytes=limit,
            now=now,
        )


@router.post("/import", status_code=201, openapi_extra=RAW_BODY)
async def import_event(slug: Annotated[str, Depends(imported)]) -> ImportedOut:
    """Take in an event that another Heldout exported, sent as the raw body: all of it or nothing.

    The board is the same to the byte, and participants' tokens go on working here.
    """
    return ImportedOut(competition=slug)
