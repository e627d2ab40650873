"""The stream of what happens on a board, as server-sent events."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from heldout_server.acts import events as event_log
from heldout_server.competitions import queries as competitions
from heldout_server.web.connections import HAND_OVER, HandOver
from heldout_server.web.deps import ServicesDep
from heldout_server.web.event_encoding import as_sent, hello, reload_from
from heldout_server.web.event_stream import Heard
from heldout_server.web.open_stream import OpenStream
from heldout_server.web.places import take_stream
from heldout_server.web.routes import Routes
from heldout_server.web.services import Services

router = Routes(prefix="/competitions", tags=["competitions"])

MOST_REPLAYED = 200
MOST_DIGITS = 18
# Proxies, too, pass on each event as it comes.
NOT_BUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def competition_id(slug: str, services: ServicesDep) -> int:
    """The id behind the slug, looked up before the stream starts so that a 404 is a 404."""
    with services.database.read() as session:
        found = competitions.by_slug(session, slug).id
        assert found is not None
        return found


class EventStreamResponse(Response):
    """Begins the answer, then hands the connection over to a stream; answered only where it can be.

    `at_the_end` is called once, when the connection is lost.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        services: Services | None = None,
        competition: int = 0,
        last_event: int | None = None,
        at_the_end: Callable[[], None] = lambda: None,
        status_code: int = 200,  # read by FastAPI for its documentation
    ) -> None:
        super().__init__(status_code=status_code, headers=NOT_BUFFERED)
        del self.headers["content-length"]
        self._services = services
        self._competition = competition
        self._last_event = last_event
        self._at_the_end = at_the_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say hello and what was missed; the stream says the rest."""
        assert self._services is not None
        hand_over: HandOver = scope["extensions"][HAND_OVER]
        stream = OpenStream(self._services.stream, self._competition, self._at_the_end)
        is_handed_over = False
        hub = self._services.stream
        first = hello(hub.last_id if self._last_event is None else None)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": first, "more_body": True})
            missed, seen = await self._replayed(self._services)
            await send({"type": "http.response.body", "body": missed, "more_body": True})
            stream.sent_until(seen)
            is_handed_over = hand_over(stream)
        finally:
            if not is_handed_over:
                stream.connection_lost(None)

    async def _replayed(self, services: Services) -> tuple[bytes, int]:
        """What was missed since the last event, and the newest event that this covers."""
        if self._last_event is None:
            return b"", 0
        found = await run_in_threadpool(_missed, services, self._competition, self._last_event)
        missed, newest = found
        if missed is None or len(missed) > MOST_REPLAYED:
            return reload_from(newest), newest
        return b"".join(map(as_sent, missed)), missed[-1].id if missed else 0


@router.get("/{slug}/events", response_class=EventStreamResponse)
async def stream_events(
    request: Request,
    services: ServicesDep,
    competition: Annotated[int, Depends(competition_id)],
    last_event_id: Annotated[str | None, Header()] = None,
    after: Annotated[str | None, Query(max_length=MOST_DIGITS)] = None,
) -> EventStreamResponse:
    """Events `hello`, `board`, `ties`, `announcement`, `projector` and `queue`; `Last-Event-ID`
    replays what was missed, and `after` does where a browser opens a stream for another tab.

    `ties` follows a `board` by a second, where what may be luck is drawn otherwise.

    `reload` says that too much was missed to replay, or that this process was cut off from the
    database for a while: read the board anew. Refused while as many are open as may be.
    """
    address = services.counted_address(request)
    take_stream(services.streams, address)
    at_the_end = partial(services.streams.give_back, address)
    last = last_event_id if last_event_id is not None else after
    return EventStreamResponse(services, competition, _number(last), at_the_end)


def _number(given: str | None) -> int | None:
    """An event's number, if it is one."""
    known = given is not None and given.isdecimal() and len(given) <= MOST_DIGITS
    return int(given or 0) if known else None


def _missed(services: Services, competition: int, last_id: int) -> tuple[list[Heard] | None, int]:
    """What came after `last_id`, None if some of it isn't kept, or it is of another life of this
    database; and the newest id.
    """
    with services.database.read() as session:
        newest = event_log.latest_id(session)
        if last_id > newest or last_id + 1 < event_log.oldest_id(session):
            return None, newest
        found = event_log.since(
            session, last_id, competition_id=competition, limit=MOST_REPLAYED + 1
        )
        return Heard.among(session, found), newest
