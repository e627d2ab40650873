"""The stream of what happens on a board, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from heldout_server import events as event_log
from heldout_server.competitions import queries as competitions
from heldout_server.hub import RESYNC
from heldout_server.leaderboard.ticker import QUEUE_KINDS
from heldout_server.web.deps import ServicesDep
from heldout_server.web.services import Services
from heldout_server.web.stream import Heard, Listener

router = APIRouter(prefix="/competitions", tags=["competitions"])

MOST_REPLAYED = 200
STOPPING_CHECK_SECONDS = 1.0
QUEUE_SETTLES_SECONDS = 0.05
RECONNECT_MILLISECONDS = 2000
BOARD_KINDS = frozenset(
    {
        "submission.scored", "board.changed", "board.rescored", "board.frozen", "board.unfrozen",
        "board.revealed", "board.concealed", "competition.changed",
    }
)  # fmt: skip
OWN_NAMES = {"board.announced": "announcement", "projector.changed": "projector"}
"""Kinds that travel whole, under these names."""


def competition_id(slug: str, services: ServicesDep) -> int:
    """The id behind the slug, looked up before the stream starts so that a 404 is a 404."""
    with services.database.read() as session:
        found = competitions.by_slug(session, slug).id
        assert found is not None
        return found


@router.get("/{slug}/events", response_class=EventSourceResponse)
async def stream_events(
    services: ServicesDep,
    competition: Annotated[int, Depends(competition_id)],
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Events `hello`, `board`, `announcement`, `projector` and `queue`; `Last-Event-ID` replays
    what was missed.

    `reload` says that too much was missed to replay, or that this process was cut off from the
    database for a while: read the board anew.
    """
    async with services.stream.listen() as listener:
        yield ServerSentEvent(event="hello", data={}, retry=RECONNECT_MILLISECONDS)
        seen = 0
        async for event in _replayed(services, competition, last_event_id):
            seen = int(event.id or 0)
            yield event
        async for batch in _live(services, listener):
            for heard in merged(batch, competition):
                if heard.kind == RESYNC:
                    yield ServerSentEvent(event="reload", data={}, id=str(heard.id))
                elif heard.id > seen:
                    yield _as_sent(heard)
        if listener.overrun:
            yield ServerSentEvent(event="reload", data={})


async def _replayed(
    services: Services, competition: int, last_event_id: str | None
) -> AsyncIterator[ServerSentEvent]:
    if last_event_id is None or not last_event_id.isdecimal() or len(last_event_id) > 18:
        return
    missed, newest = await run_in_threadpool(_missed, services, competition, int(last_event_id))
    if missed is None or len(missed) > MOST_REPLAYED:
        yield ServerSentEvent(event="reload", data={}, id=str(newest))
        return
    for heard in missed:
        yield _as_sent(heard)


def _missed(services: Services, competition: int, last_id: int) -> tuple[list[Heard] | None, int]:
    """What came after `last_id`, None if some of it is no longer kept; and the newest id."""
    with services.database.read() as session:
        newest = event_log.latest_id(session)
        if last_id + 1 < event_log.oldest_id(session):
            return None, newest
        found = event_log.since(
            session, last_id, competition_id=competition, limit=MOST_REPLAYED + 1
        )
        return Heard.among(session, found), newest


async def _live(services: Services, listener: Listener) -> AsyncIterator[list[Heard]]:
    """What has come since the last look; changes of the queue wait a moment for more of them."""
    while not services.stream.stopping and not listener.overrun:
        try:
            batch = [await asyncio.wait_for(listener.inbox.get(), STOPPING_CHECK_SECONDS)]
        except TimeoutError:
            continue
        if batch[0].kind in QUEUE_KINDS:
            await asyncio.sleep(QUEUE_SETTLES_SECONDS)
        while not listener.inbox.empty():
            batch.append(listener.inbox.get_nowait())
        yield batch


def merged(batch: list[Heard], competition: int) -> list[Heard]:
    """This competition's part of a batch, in order, with only the last change of the queue.

    Sixty who submit at once would else be told of a hundred changes to each of 300 browsers.
    """
    ours = [heard for heard in batch if heard.competition_id == competition or heard.kind == RESYNC]
    queue = [heard for heard in ours if heard.kind in QUEUE_KINDS]
    return [heard for heard in ours if heard not in queue[:-1]]


def _as_sent(heard: Heard) -> ServerSentEvent:
    if heard.kind in OWN_NAMES:
        return ServerSentEvent(event=OWN_NAMES[heard.kind], data=heard.data, id=str(heard.id))
    if heard.kind not in BOARD_KINDS:
        return ServerSentEvent(event="queue", data={}, id=str(heard.id))
    data = {
        "submission_id": heard.data.get("submission"),
        "participant": heard.data.get("participant"),
        "score": heard.data.get("score"),
        "rank": heard.data.get("rank"),
    }
    return ServerSentEvent(event="board", data=data, id=str(heard.id))
