"""Joining with a code and a name, and coming back on another machine with one's own code."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Response

from heldout_server.people import joining, personal_codes
from heldout_server.people.personal_codes import TypedCode
from heldout_server.web.deps import Now, ServicesDep, WriteSession
from heldout_server.web.guess_limits import JoinGuess
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import JoinIn, JoinOut
from heldout_server.web.security import address_of

router = Routes(tags=["join"])


def typed_code(body: JoinIn) -> TypedCode:
    """The code, stretched before a transaction begins."""
    return personal_codes.typed(body.code)


@router.post("/join", status_code=201, responses={200: {"model": JoinOut}})
def join(
    request: Request,
    response: Response,
    body: JoinIn,
    code: Annotated[TypedCode, Depends(typed_code)],
    services: ServicesDep,
    guess: JoinGuess,
    session: WriteSession,
    now: Now,
) -> JoinOut:
    """Join a competition with its code, or sign in on another machine with your personal one.

    With the personal code of one competition and the name of another you are the same person
    there; `room_code` is asked for once where it isn't open to all.

    Token and personal code are shown only here; keep them. 200 instead of 201: the code was a
    personal one, the answer is who you are already, and your other machines stay signed in.
    """
    address = address_of(request)
    with guess.wrong_on("forbidden"):
        entered = joining.enter(
            session, code=code, name=body.name, now=now, slug=body.competition,
            room=body.room_code, admit=partial(services.joins.take, address),
        )  # fmt: skip
    if entered.is_new:
        services.joins.tell(session, address, entered.competition, now=now)
    response.status_code = 201 if entered.is_new else 200
    shown = from_rows.competition_out(
        session, entered.competition, services.base_url(request), now=now
    )
    return JoinOut(
        token=joining.token_of(session, entered, now=now),
        personal_code=entered.personal_code,
        is_new=entered.is_new,
        participant=from_rows.participant_out(entered.participant),
        competition=shown,
        board_url=shown.board_url,
    )
