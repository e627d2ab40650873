"""Opening a submission and sending its file in one request: for small files, and for `curl`."""

from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlmodel import Session

from heldout_server.blobs import IncomingBlob
from heldout_server.models import Upload
from heldout_server.submissions.announce import (
    Announcement,
    Opened,
    announced_upload,
    check_size,
    known_or_admitted,
    open_submission,
)
from heldout_server.web.api.submissions import IdempotencyKey, announcement
from heldout_server.web.api.uploads import accepted, append
from heldout_server.web.bodies import LONGEST_OPENING_BYTES
from heldout_server.web.deps import Caller, CallerDep, ServicesDep
from heldout_server.web.multipart import MultipartBody
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import SubmissionIn, SubmissionOut
from heldout_server.web.services import Services

router = Routes(prefix="/submissions", tags=["submissions"])

# What a run card may have, too. More is counted from its first byte on, or one person could send
# fifty files together that none of them leaves room for.
UNRESERVED_BYTES = 1024 * 1024
# Sooner here than looked up; 10,000 labels at eight bytes each. Beyond, who is to be refused would
# have the server read for nothing.
SMALL_BYTES = 128 * 1024

FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["announcement", "file"],
                    "properties": {
                        "announcement": {"$ref": "#/components/schemas/SubmissionIn"},
                        "file": {"type": "string", "format": "binary"},
                    },
                },
                "encoding": {"announcement": {"contentType": "application/json"}},
            }
        },
    }
}


@router.post(
    "/at-once",
    status_code=202,
    openapi_extra=FORM_BODY,
    responses={200: {"model": SubmissionOut}},
)
async def submit_at_once(
    request: Request,
    response: Response,
    caller: CallerDep,
    services: ServicesDep,
    idempotency_key: IdempotencyKey,
) -> SubmissionOut:
    """Announce a file and send it in one form: `announcement` (JSON) first, then `file`.

    Every refusal of an announcement comes before the file is read; of predictions up to 128 KiB
    only those that nothing needs to be looked up for. 202: it is queued. 200: it was here before,
    and the answer is that submission.
    """
    base_url = services.base_url(request)
    body = MultipartBody(request)
    announced = _announced(await body.text("announcement", LONGEST_OPENING_BYTES), idempotency_key)
    reserve = announced.size_bytes > UNRESERVED_BYTES
    opened = await opened_by(services, caller, announced, base_url, reserve=reserve)
    if isinstance(opened, SubmissionOut):
        response.status_code = 200
        return opened
    with services.blobs.receive() as blob:
        await _receive(body, blob, opened)
        shown, is_new = await accepted(services, caller, opened, blob, base_url)
    response.status_code = 202 if is_new else 200
    return shown


def _announced(text: bytes, idempotency_key: str) -> Announcement:
    try:
        return announcement(SubmissionIn.model_validate_json(text), idempotency_key)
    except ValidationError as error:
        found = [{**e, "loc": ("announcement", *e["loc"])} for e in error.errors()]
        raise RequestValidationError(found) from None


async def opened_by(
    services: Services, caller: Caller, announced: Announcement, base_url: str, *, reserve: bool
) -> Upload | SubmissionOut:
    """The upload to fill, or the submission that is already there. Raises ProblemError.

    `reserve`: others of theirs are counted together with this one while it is on its way. Else
    nothing is written, and the upload is opened in the transaction that accepts it. That asks all
    that is asked here, so small predictions wait for nothing before; a model may run before it is
    accepted, so that its sender must be somebody who may send it.
    """
    if announced.size_bytes <= SMALL_BYTES and announced.kind != "model":
        return await run_in_threadpool(_announced_alone, services, caller, announced)
    turn, opened = (
        (services.turns.writing, _opened) if reserve else (services.turns.reading, _looked_up)
    )
    async with turn:
        return await run_in_threadpool(opened, services, caller, announced, base_url)


def _announced_alone(services: Services, caller: Caller, announced: Announcement) -> Upload:
    upload = announced_upload(
        caller.participant, caller.competition, announced,
        terms=services.terms(), now=services.clock(),
    )  # fmt: skip
    check_size(caller.competition, upload.kind, upload.size_bytes)
    return upload


def _opened(
    services: Services, caller: Caller, announced: Announcement, base_url: str
) -> Upload | SubmissionOut:
    with services.database.write() as session:
        opened = open_submission(
            session, caller.participant, caller.competition, announced,
            terms=services.terms(), now=services.clock(),
        )  # fmt: skip
        return opened.upload or _shown(session, opened, base_url)


def _looked_up(
    services: Services, caller: Caller, announced: Announcement, base_url: str
) -> Upload | SubmissionOut:
    terms, now = services.terms(), services.clock()
    upload = announced_upload(
        caller.participant, caller.competition, announced, terms=terms, now=now
    )
    with services.database.read() as session:
        known = known_or_admitted(
            session, caller.participant, caller.competition, upload, terms=terms, now=now
        )
        return upload if known is None else known.upload or _shown(session, known, base_url)


def _shown(session: Session, opened: Opened, base_url: str) -> SubmissionOut:
    assert opened.submission is not None
    shown = from_rows.submission_out(session, opened.submission, base_url)
    return from_rows.as_duplicate(shown) if opened.duplicate else shown


async def _receive(body: MultipartBody, blob: IncomingBlob, upload: Upload) -> None:
    async for piece in body.pieces("file"):
        append(blob, piece, upload.size_bytes)
