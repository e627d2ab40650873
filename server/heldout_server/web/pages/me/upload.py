"""A file dropped on one's own page: streamed to disk, bounded, told apart by its bytes.

The form's hidden fields come first, then the file: what needs no byte of it is refused before it
is read. Nothing says beforehand how long the file is, so it is announced when it is here.
"""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from heldout_server.blobs import IncomingBlob
from heldout_server.kit.errors import ProblemError
from heldout_server.prediction.file_kinds import kind_of
from heldout_server.submissions.announce import Announcement, check_ready, most_bytes
from heldout_server.submissions.volume import megabytes
from heldout_server.web.api.submit_multipart import opened_by
from heldout_server.web.api.uploads import accepted
from heldout_server.web.deps import Caller
from heldout_server.web.multipart import MultipartBody
from heldout_server.web.pages.me.request import MyReading, MyReadRequest
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.public import SubmissionOut
from heldout_server.web.security import check_same_site

router = Routes(include_in_schema=False)

LONGEST_FIELD_BYTES = 1000
SHORTEST_KEY, LONGEST_KEY = 8, 200


@router.post("/c/{slug}/me/file")
async def send_file(asked: MyReading, request: Request) -> Response:
    """Submit a file; the answer is the page, or JSON for a script that asks for it."""
    check_same_site(request)
    body = MultipartBody(request)
    asked.who.check_form(await _text(body, "csrf"))
    try:
        shown = await _submitted(asked, body)
    except ProblemError as problem:
        # A browser shows an answer only once its form has been read to the end.
        await body.skip(most_bytes(asked.who.competition))
        if _wants_json(request):
            raise
        return await run_in_threadpool(asked.refuse, problem, "file")
    done = "again" if shown.duplicate_of else "sent"
    if _wants_json(request):
        answer = {"id": shown.id, "state": shown.state, "url": shown.url, "done": done}
        return JSONResponse(answer, 202)
    return asked.go(done)


async def _submitted(asked: MyReadRequest, body: MultipartBody) -> SubmissionOut:
    key, name = await _text(body, "key"), await _text(body, "name")
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ProblemError("validation", "This form is incomplete.", "Open the page again.")
    await run_in_threadpool(_check_ready, asked)
    services, base_url = asked.services, asked.services.base_url(asked.request)
    caller = Caller(asked.who.participant, asked.who.competition)
    with services.blobs.receive() as blob:
        await _receive(body, blob, asked)
        announced = await run_in_threadpool(_announced, blob, body.filename, key, name)
        opened = await opened_by(services, caller, announced, base_url, reserve=False)
        if isinstance(opened, SubmissionOut):
            return opened
        shown, _ = await accepted(services, caller, opened, blob, base_url)
        return shown


def _check_ready(asked: MyReadRequest) -> None:
    with asked.services.database.read() as session:
        check_ready(
            session, asked.who.participant, asked.who.competition,
            terms=asked.services.terms(), now=asked.now,
        )  # fmt: skip


async def _receive(body: MultipartBody, blob: IncomingBlob, asked: MyReadRequest) -> None:
    most = most_bytes(asked.who.competition)
    async for piece in body.pieces("file"):
        if blob.size_bytes + len(piece) > most:
            raise ProblemError(
                "file_too_large",
                f"The file has more than {megabytes(most)}, which is the limit here.",
                "A smaller model does the job.",
                limit_bytes=most,
            )
        blob.write(piece)


def _announced(blob: IncomingBlob, filename: str, key: str, name: str) -> Announcement:
    return Announcement(
        kind=kind_of(blob.flushed()),
        name=name or None,
        filename=filename,
        size_bytes=blob.size_bytes,
        preprocessing="auto",
        sha256=blob.sha256,
        run_card=None,
        idempotency_key=key,
    )


async def _text(body: MultipartBody, name: str) -> str:
    text = await body.text(name, LONGEST_FIELD_BYTES)
    return text.decode("utf-8", "replace").replace("\0", "").strip()


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")
