"""Submissions: opening one, looking at it, waiting for it, taking it back."""

import asyncio
from typing import Annotated, Any

from fastapi import Body, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import EventKind
from heldout_server.kit.errors import ProblemError
from heldout_server.models import FINAL_STATES, Participant, State, Submission
from heldout_server.runs.card_replacement import replace_card
from heldout_server.runs.cards import stored_card
from heldout_server.submissions import queries
from heldout_server.submissions.announce import Announcement, Opened, open_submission
from heldout_server.submissions.moderation import withdraw
from heldout_server.submissions.receive_file import find_upload
from heldout_server.web.deps import (
    CallersCompetition,
    CallingParticipant,
    Now,
    ServicesDep,
    WriteSession,
)
from heldout_server.web.event_stream import Heard, Listener
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import SubmissionIn, SubmissionOut
from heldout_server.web.schemas.whole_submission import whole_submission_out
from heldout_server.web.services import Services

router = Routes(prefix="/submissions", tags=["submissions"])

LONGEST_WAIT_SECONDS = 25
LATER_SECONDS = 1
FINAL_EVENTS = frozenset({EventKind.SCORED, EventKind.REJECTED, EventKind.ERROR})
LOOK_EVERY_SECONDS = 1.0
IdempotencyKey = Annotated[
    str,
    Header(
        min_length=8,
        max_length=200,
        description="Made once for each submission and kept over retries.",
        examples=["3f0c6a1e-6d0b-4a53-9b8e-0a9b8f0e7c11"],
    ),
]


def announcement(body: SubmissionIn, idempotency_key: IdempotencyKey) -> Announcement:
    """What the client says of its file; a run card that can't be kept says so itself."""
    fields = body.model_dump()
    if body.run_card is not None:
        fields["run_card"] = stored_card(body.run_card)
    return Announcement(**fields, idempotency_key=idempotency_key)


@router.post("", status_code=201, responses={200: {"model": SubmissionOut}})
def open_a_submission(
    request: Request,
    response: Response,
    announced: Annotated[Announcement, Depends(announcement)],
    caller: CallingParticipant,
    competition: CallersCompetition,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> SubmissionOut:
    """Announce a file; then send it to `upload_url`.

    Refusals come here, before a byte of the file travels. 200 instead of 201: the same key or
    the same bytes are known already, and the answer is that submission.
    """
    opened = open_submission(
        session, caller, competition, announced, terms=services.terms(), now=now
    )
    shown = _opened_out(session, opened, services.base_url(request))
    response.status_code = 201 if opened.is_new else 200
    response.headers["Location"] = f"/api/v1/submissions/{shown.id}"
    return shown


@router.get("/{submission_id}")
async def get_submission(
    submission_id: str,
    request: Request,
    response: Response,
    caller: CallingParticipant,
    services: ServicesDep,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_SECONDS)] = 0,
) -> SubmissionOut:
    """A submission of one's own. With `wait`, the answer comes when its state changes."""
    base_url = services.base_url(request)
    async with services.stream.listen() as listener:
        if wait:
            # Listening before the first look: a change in between can't be missed. That one is
            # short, as whoever scores the file needs the processor.
            state, listener.submission_id = await run_in_threadpool(
                _begun, services, caller, submission_id
            )
            if state not in FINAL_STATES:
                await _changed(services, listener, submission_id, state, wait)
        shown = await run_in_threadpool(_look, services, caller, submission_id, base_url)
    if shown.state not in FINAL_STATES:
        response.headers["Retry-After"] = str(LATER_SECONDS)
    return shown


@router.put("/{submission_id}/run-card")
def put_run_card(
    submission_id: str,
    card: Annotated[dict[str, Any], Body(examples=[{"history": {"loss": [0.31, 0.11]}}])],
    request: Request,
    caller: CallingParticipant,
    competition: CallersCompetition,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> SubmissionOut:
    """Add the run card of one's own submission, or replace it, while the competition runs.

    A card that can't be kept is refused, and the earlier one stays.
    """
    services.cards.take(str(caller.id))
    found = replace_card(session, caller, competition, submission_id, card, now=now)
    base_url = services.base_url(request)
    if isinstance(found, Submission):
        return whole_submission_out(services.step_sources, session, found, base_url, now=now)
    return from_rows.upload_out(found, base_url)


@router.post("/{submission_id}/withdraw")
def withdraw_submission(
    submission_id: str,
    request: Request,
    caller: CallingParticipant,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> SubmissionOut:
    """Take one's own submission off the board. It stays in one's list; quota isn't refunded."""
    submission = queries.by_public_id(session, submission_id)
    if submission is None or submission.participant_id != caller.id:
        raise ProblemError("not_found", "No submission of yours has this id.")
    withdraw(session, caller, submission, now=now)
    return whole_submission_out(
        services.step_sources, session, submission, services.base_url(request), now=now
    )


def _opened_out(session: WriteSession, opened: Opened, base_url: str) -> SubmissionOut:
    if opened.upload is not None:
        return from_rows.upload_out(opened.upload, base_url)
    assert opened.submission is not None
    shown = from_rows.submission_out(session, opened.submission, base_url)
    return from_rows.as_duplicate(shown) if opened.duplicate else shown


def _begun(services: Services, caller: Participant, submission_id: str) -> tuple[str, int | None]:
    """The state and, once its file is here, the row id."""
    with services.database.read() as session:
        found = find_upload(session, caller, submission_id)
        if isinstance(found, Submission):
            return found.state, found.id
        return State.RECEIVED, None


def _look(
    services: Services, caller: Participant, submission_id: str, base_url: str
) -> SubmissionOut:
    with services.database.read() as session:
        found = find_upload(session, caller, submission_id)
        if isinstance(found, Submission):
            return whole_submission_out(
                services.step_sources, session, found, base_url, now=services.clock()
            )
        return from_rows.upload_out(found, base_url)


async def _changed(
    services: Services, listener: Listener, submission_id: str, before: str, wait: float
) -> None:
    """Return once this submission's state isn't `before` any more, or after `wait` seconds.

    Its last event wakes at once. Claims make no event, so it also looks every second, and no more
    often: that a file which is scored a moment later runs by now is worth no answer of its own.
    """
    loop = asyncio.get_running_loop()
    deadline, look_at = loop.time() + wait, loop.time() + LOOK_EVERY_SECONDS
    while not services.stream.stopping and (now := loop.time()) < deadline:
        heard = await listener.batch(min(deadline, look_at) - now)
        if any(one.kind in FINAL_EVENTS and _is_own(one, listener) for one in heard):
            return
        if loop.time() < look_at and all(one.kind != RESYNC for one in heard):
            continue
        look_at = loop.time() + LOOK_EVERY_SECONDS
        state = await run_in_threadpool(_state, services, submission_id)
        if state != before and state != State.RECEIVED:
            return


def _is_own(heard: Heard, listener: Listener) -> bool:
    return heard.submission_id == listener.submission_id


def _state(services: Services, submission_id: str) -> str:
    with services.database.read() as session:
        found = queries.by_public_id(session, submission_id)
        return found.state if found is not None else State.RECEIVED
