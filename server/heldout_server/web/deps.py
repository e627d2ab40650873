"""What routes ask for: the installation, a transaction, and who is calling."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.models import Competition, Participant
from heldout_server.people import joining
from heldout_server.web.services import Services

bearer = HTTPBearer(auto_error=False, description="The token that joining gave you.")


async def get_services(request: Request) -> Services:
    """The server's stores and settings (async, like every dependency that doesn't block:
    a sync one costs a trip to another thread).
    """
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


async def write_turn(services: ServicesDep) -> AsyncIterator[None]:
    """Few write at the same time; the others wait without holding anything."""
    async with services.turns.writing:
        yield


async def read_turn(services: ServicesDep) -> AsyncIterator[None]:
    """Few hold a snapshot at the same time."""
    async with services.turns.reading:
        yield


async def show_turn(services: ServicesDep) -> AsyncIterator[None]:
    """What a room looks at doesn't queue behind those who submit."""
    async with services.turns.showing:
        yield


WriteTurn = Annotated[None, Depends(write_turn, scope="function")]
ReadTurn = Annotated[None, Depends(read_turn, scope="function")]
ShowTurn = Annotated[None, Depends(show_turn, scope="function")]


def write_session(services: ServicesDep, turn: WriteTurn) -> Iterator[Session]:
    """One transaction for the request, committed *before* the response is sent.

    Needs `scope="function"`: with FastAPI's default the commit would follow the answer, and a
    commit that fails would still have answered 2xx. Whoever waits for a turn waits on the event
    loop: if fifty threads waited for one database lock, its holder would find none to go on in.
    """
    with services.database.write() as session:
        yield session


def read_session(services: ServicesDep, turn: ReadTurn) -> Iterator[Session]:
    """A snapshot to read from."""
    with services.database.read() as session:
        yield session


def show_session(services: ServicesDep, turn: ShowTurn) -> Iterator[Session]:
    """A snapshot for the room's projector."""
    with services.database.read() as session:
        yield session


WriteSession = Annotated[Session, Depends(write_session, scope="function")]
ReadSession = Annotated[Session, Depends(read_session, scope="function")]
ShowSession = Annotated[Session, Depends(show_session, scope="function")]


async def now(services: ServicesDep) -> datetime:
    """The server's clock."""
    return services.clock()


Now = Annotated[datetime, Depends(now)]


@dataclass(frozen=True)
class Caller:
    """Who holds the token, and the one competition that they joined."""

    participant: Participant
    competition: Competition


async def caller(
    services: ServicesDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """Raises ProblemError `unauthorized`."""
    if given is None:
        raise ProblemError(
            "unauthorized",
            "This address needs your token.",
            "Join first: heldout.join(url, code=…, name=…) keeps it for you.",
        )
    async with services.turns.knowing:
        found = await run_in_threadpool(_caller, services.database, given.credentials)
    if found is None:
        raise ProblemError(
            "unauthorized",
            "Nobody here has this token.",
            "It may be of another server, or of an event that has been reset: join again.",
        )
    return found


def _caller(database: Database, token: str) -> Caller | None:
    with database.read() as session:
        found = joining.by_token(session, token)
        if found is None:
            return None
        return Caller(found, session.get_one(Competition, found.competition_id))


CallerDep = Annotated[Caller, Depends(caller)]


async def viewer(
    services: ServicesDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Viewer:
    """Who looks at what is public: the token's holder, or anybody, also with a token of old."""
    if given is None:
        return ANYBODY
    async with services.turns.knowing:
        found = await run_in_threadpool(_caller, services.database, given.credentials)
    return Viewer(found.participant) if found is not None else ANYBODY


ViewerDep = Annotated[Viewer, Depends(viewer)]


async def participant_of(caller: CallerDep) -> Participant:
    """Who holds the token."""
    return caller.participant


async def competition_of(caller: CallerDep) -> Competition:
    """The caller's competition."""
    return caller.competition


CallingParticipant = Annotated[Participant, Depends(participant_of)]
CallersCompetition = Annotated[Competition, Depends(competition_of)]
