"""Joining with a code and a name."""

from fastapi import APIRouter, Request

from heldout_server.errors import ProblemError
from heldout_server.participants import joining
from heldout_server.web import present
from heldout_server.web.deps import Now, ServicesDep, WriteSession
from heldout_server.web.schemas import JoinIn, JoinOut
from heldout_server.web.security import address_of

router = APIRouter(tags=["join"])


@router.post("/join", status_code=201)
def join(
    request: Request, body: JoinIn, services: ServicesDep, session: WriteSession, now: Now
) -> JoinOut:
    """Join a competition. The token in the answer is shown only once; keep it."""
    address = address_of(request)
    services.guesses.check(address)
    try:
        participant, competition, token = joining.join(
            session, code=body.code, name=body.name, now=now
        )
    except ProblemError as problem:
        if problem.code == "forbidden":
            services.guesses.failed(address)
        raise
    shown = present.competition_out(session, competition, services.base_url(request), now=now)
    return JoinOut(
        token=token,
        participant=present.participant_out(participant),
        competition=shown,
        board_url=shown.board_url,
    )
