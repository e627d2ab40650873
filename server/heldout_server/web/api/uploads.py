"""Receiving the file of an opened submission, streamed: no byte is kept in memory or twice."""

from typing import Annotated

import structlog
from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session
from starlette.requests import ClientDisconnect

from heldout_server.blobs import IncomingBlob
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import submission_report
from heldout_server.models import Submission, Upload
from heldout_server.prediction.model_digest import identify
from heldout_server.submissions.announce import check_size
from heldout_server.submissions.receive_file import (
    Received,
    accept,
    check_received,
    find_upload,
    open_and_accept,
)
from heldout_server.web.deps import Caller, CallersCompetition, CallingParticipant, ServicesDep
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import SubmissionOut
from heldout_server.web.services import Services

log = structlog.get_logger()

router = Routes(prefix="/submissions", tags=["submissions"])

RAW_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}


def expected(
    submission_id: str,
    request: Request,
    caller: CallingParticipant,
    competition: CallersCompetition,
    services: ServicesDep,
) -> Upload | Submission:
    """What the file belongs to; every refusal that needs no byte of the body comes here."""
    with services.database.read() as session:
        found = find_upload(session, caller, submission_id)
    length = request.headers.get("content-length", "")
    if isinstance(found, Upload) and length.isdecimal():
        check_size(competition, found.kind, int(length[:18]))
    return found


@router.put(
    "/{submission_id}/file",
    status_code=202,
    openapi_extra=RAW_BODY,
    responses={200: {"model": SubmissionOut}},
)
async def put_file(
    submission_id: str,
    request: Request,
    response: Response,
    found: Annotated[Upload | Submission, Depends(expected)],
    caller: CallingParticipant,
    competition: CallersCompetition,
    services: ServicesDep,
) -> SubmissionOut:
    """Send the file as the raw body. A broken upload leaves nothing; send it again.

    202: it is queued. 200: it was here before, and the answer is that submission.
    """
    base_url = services.base_url(request)
    if isinstance(found, Submission):
        response.status_code = 200
        return await run_in_threadpool(_shown, services, found, base_url)
    with services.blobs.receive() as blob:
        await _receive(request, blob, found.size_bytes)
        shown, is_new = await accepted(services, Caller(caller, competition), found, blob, base_url)
    response.status_code = 202 if is_new else 200
    return shown


async def accepted(
    services: Services, caller: Caller, upload: Upload, blob: IncomingBlob, base_url: str
) -> tuple[SubmissionOut, bool]:
    """Record the file that has arrived for `upload`, and whether it is new; it may already run.

    An upload that is no row yet is opened in the same transaction.

    Raises ProblemError.
    """
    check_received(upload, blob)
    sha256, is_new = blob.sha256, False
    services.early.begin(blob.flushed(), upload, sha256, caller.competition)
    try:
        received = await run_in_threadpool(_received, blob)
        if blob.goes_far:
            await run_in_threadpool(blob.send_ahead)  # before the turn: others needn't wait
        async with services.turns.writing:
            shown, is_new = await run_in_threadpool(
                _accept, services, caller, upload, received, base_url
            )
    finally:
        if not is_new:
            services.early.give_up(upload, sha256)
    return shown, is_new


def _received(blob: IncomingBlob) -> Received:
    model = identify(blob.flushed())
    return Received(blob, model.digest if model else None, model.name if model else None)


def append(blob: IncomingBlob, chunk: bytes, announced_bytes: int) -> None:
    """Add to the file. Raises ProblemError when more comes than was announced."""
    if blob.size_bytes + len(chunk) > announced_bytes:
        raise ProblemError(
            "validation",
            f"More than the announced {announced_bytes} bytes arrived.",
            "The file changed while it was sent: submit it again.",
        )
    blob.write(chunk)


async def _receive(request: Request, blob: IncomingBlob, announced_bytes: int) -> None:
    try:
        async for chunk in request.stream():
            append(blob, chunk, announced_bytes)
    except ClientDisconnect:
        raise ProblemError("validation", "The upload broke off.", "Send it again.") from None


def _accept(
    services: Services,
    caller: Caller,
    upload: Upload,
    received: Received,
    base_url: str,
) -> tuple[SubmissionOut, bool]:
    who, contest, now = caller.participant, caller.competition, services.clock()
    with services.database.write() as session:
        if upload.id is None:
            terms = services.terms()
            taken = open_and_accept(session, who, contest, upload, received, terms=terms, now=now)
        else:
            taken = accept(session, who, contest, upload.public_id, received, now=now)
        if taken.is_new:
            found = submission_report.of_new(session, contest, who, taken.submission)
            shown = from_rows.report_out(session, found, base_url)
        else:
            shown = from_rows.submission_out(session, taken.submission, base_url)
    log.info("submission.received", submission=taken.submission.id, public_id=shown.id)
    return (from_rows.as_duplicate(shown) if taken.duplicate else shown), taken.is_new


def _shown(services: Services, submission: Submission, base_url: str) -> SubmissionOut:
    with services.database.read() as session:
        return from_rows.submission_out(session, _attached(session, submission), base_url)


def _attached(session: Session, submission: Submission) -> Submission:
    return session.get_one(Submission, submission.id)
