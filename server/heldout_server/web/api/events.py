"""The stream of what happens on a board, as server-sent events."""

import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from functools import lru_cache, partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.types import Receive, Scope, Send

from heldout_server.acts import events as event_log
from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import MOVES_BOARD, WORK_KINDS, EventKind
from heldout_server.competitions import queries as competitions
from heldout_server.web.deps import ServicesDep
from heldout_server.web.event_stream import Batch, Heard
from heldout_server.web.places import take_stream
from heldout_server.web.services import Services

router = APIRouter(prefix="/competitions", tags=["competitions"])

MOST_REPLAYED = 200
RECONNECT_MILLISECONDS = 2000
CHUNKS_KEPT = 64
# Proxies, too, pass on each event as it comes.
NOT_BUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
OWN_NAMES = {EventKind.ANNOUNCED.value: "announcement", EventKind.PROJECTED.value: "projector"}
"""Kinds that travel whole, under these names."""


def competition_id(slug: str, services: ServicesDep) -> int:
    """The id behind the slug, looked up before the stream starts so that a 404 is a 404."""
    with services.database.read() as session:
        found = competitions.by_slug(session, slug).id
        assert found is not None
        return found


class EventStreamResponse(StreamingResponse):
    """Server-sent events that are encoded already; what they come from is closed at the end.

    FastAPI's own response validates, encodes and passes on each event for each stream anew,
    through three tasks: a third of a millisecond, a hundred of them for a room of 300.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        chunks: AsyncGenerator[bytes],
        at_the_end: Callable[[], None],
        status_code: int = 200,  # read by FastAPI for its documentation
    ) -> None:
        super().__init__(chunks, status_code, headers=NOT_BUFFERED)
        self._chunks = chunks
        self._at_the_end = at_the_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the other side leaves or the server stops."""
        try:
            async with contextlib.aclosing(self._chunks):
                await super().__call__(scope, receive, send)
        finally:
            self._at_the_end()


@router.get("/{slug}/events", response_class=EventStreamResponse)
async def stream_events(
    request: Request,
    services: ServicesDep,
    competition: Annotated[int, Depends(competition_id)],
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventStreamResponse:
    """Events `hello`, `board`, `announcement`, `projector` and `queue`; `Last-Event-ID` replays
    what was missed.

    `reload` says that too much was missed to replay, or that this process was cut off from the
    database for a while: read the board anew. Refused while as many are open as may be.
    """
    address = services.counted_address(request)
    take_stream(services.streams, address)
    at_the_end = partial(services.streams.give_back, address)
    return EventStreamResponse(_chunks(services, competition, last_event_id), at_the_end)


async def _chunks(
    services: Services, competition: int, last_event_id: str | None
) -> AsyncGenerator[bytes]:
    async with services.stream.listen() as listener:
        yield HELLO
        missed, seen = await _replayed(services, competition, last_event_id)
        if missed:
            yield missed
        while not services.stream.stopping and not listener.overrun:
            batch = await listener.batch()
            # Mostly nothing was replayed, and then the chunk is everybody's.
            chunk = encoded(batch, competition, after=seen if batch and batch[0].id <= seen else 0)
            if chunk or not batch:
                yield chunk or KEEPALIVE_COMMENT
        if listener.overrun:
            yield _sent("reload", {})


async def _replayed(
    services: Services, competition: int, last_event_id: str | None
) -> tuple[bytes, int]:
    """What was missed since that event, and the newest event that this covers."""
    if last_event_id is None or not last_event_id.isdecimal() or len(last_event_id) > 18:
        return b"", 0
    missed, newest = await run_in_threadpool(_missed, services, competition, int(last_event_id))
    if missed is None or len(missed) > MOST_REPLAYED:
        return _sent("reload", {}, id=newest), newest
    return b"".join(map(_as_sent, missed)), missed[-1].id if missed else 0


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


@lru_cache(maxsize=CHUNKS_KEPT)
def encoded(batch: Batch, competition: int, after: int = 0) -> bytes:
    """This competition's part of a batch, in order, with only the last change of the queue.

    Sixty who submit at once would else be told of a hundred changes to each of 300 browsers.
    `after`: what this stream was sent already.
    """
    ours = [one for one in batch if one.competition_id == competition or one.kind == RESYNC]
    queue = [one for one in ours if one.kind in WORK_KINDS]
    return b"".join(
        _as_sent(one)
        for one in ours
        if one not in queue[:-1] and (one.id > after or one.kind == RESYNC)
    )


def _as_sent(heard: Heard) -> bytes:
    if heard.kind == RESYNC:
        return _sent("reload", {}, id=heard.id)
    if heard.kind in OWN_NAMES:
        return _sent(OWN_NAMES[heard.kind], heard.data, id=heard.id)
    if heard.kind not in MOVES_BOARD:
        return _sent("queue", {}, id=heard.id)
    data = {
        "submission_id": heard.data.get("submission"),
        "participant": heard.data.get("participant"),
        "score": heard.data.get("score"),
        "rank": heard.data.get("rank"),
    }
    return _sent("board", data, id=heard.id)


def _sent(event: str, data: object, *, id: int | None = None, retry: int | None = None) -> bytes:
    return format_sse_event(
        event=event, data_str=json.dumps(data), id=None if id is None else str(id), retry=retry
    )


HELLO = _sent("hello", {}, retry=RECONNECT_MILLISECONDS)
