"""Joining with a code and a name."""

from functools import partial

from fastapi import APIRouter, Request

from heldout_server.people import joining
from heldout_server.web.deps import Now, ServicesDep, WriteSession
from heldout_server.web.guess_limits import JoinGuess
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import JoinIn, JoinOut
from heldout_server.web.security import address_of

router = APIRouter(tags=["join"])


@router.post("/join", status_code=201)
def join(
    request: Request,
    body: JoinIn,
    services: ServicesDep,
    guess: JoinGuess,
    session: WriteSession,
    now: Now,
) -> JoinOut:
    """Join a competition. The token in the answer is shown only once; keep it."""
    address = address_of(request)
    with guess.wrong_on("forbidden"):
        participant, competition, token = joining.join(
            session,
            code=body.code,
            name=body.name,
            now=now,
            admit=partial(services.joins.take, address),
        )
    services.joins.tell(session, address, competition, now=now)
    shown = from_rows.competition_out(session, competition, services.base_url(request), now=now)
    return JoinOut(
        token=token,
        participant=from_rows.participant_out(participant),
        competition=shown,
        board_url=shown.board_url,
    )
