"""What is told of events on an open board's connection: server-sent events, in HTTP's chunks.

Everybody who watches a board is sent the same bytes, so they are made once for all of them.
"""

from __future__ import annotations

import json
from functools import lru_cache

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import MOVES_BOARD, WORK_KINDS, EventKind
from heldout_server.web.event_stream import Batch, Heard

RECONNECT_MILLISECONDS = 2000
BATCHES_KEPT = 64
OWN_NAMES = {
    EventKind.ANNOUNCED.value: "announcement",
    EventKind.PROJECTED.value: "projector",
    EventKind.TIES_CHANGED.value: "ties",
    EventKind.FINAL_CHANGED.value: "final",
}
"""Kinds that travel whole, under these names."""


@lru_cache(maxsize=BATCHES_KEPT)
def encoded(batch: Batch, competition: int, after: int = 0) -> bytes:
    """This competition's part of a batch, in order, with only the last change of the queue.

    Sixty who submit at once would else be told of a hundred changes to each of 300 browsers.
    `after`: what this stream was sent already.
    """
    ours = [one for one in batch if one.competition_id == competition or one.kind == RESYNC]
    queue = [one for one in ours if one.kind in WORK_KINDS]
    return b"".join(
        as_sent(one)
        for one in ours
        if one not in queue[:-1] and (one.id > after or one.kind == RESYNC)
    )


@lru_cache(maxsize=BATCHES_KEPT)
def in_a_chunk(batch: Batch, competition: int, after: int = 0) -> bytes:
    """The same as it travels; nothing where nothing is told, as an empty chunk is the end."""
    content = encoded(batch, competition, after)
    return chunk(content) if content else b""


def chunk(content: bytes) -> bytes:
    """`content` as one chunk of an answer whose length nobody knows."""
    return b"%x\r\n%b\r\n" % (len(content), content)


def as_sent(heard: Heard) -> bytes:
    """One event by the name that browsers know it by."""
    if heard.kind == RESYNC:
        return reload_from(heard.id)
    if heard.kind in OWN_NAMES:
        return _sent(OWN_NAMES[heard.kind], heard.data, id=heard.id)
    if heard.kind not in MOVES_BOARD:
        return _sent("queue", {}, id=heard.id)
    data = {
        "submission_id": heard.data.get("submission"),
        "participant": heard.data.get("participant"),
        "score": heard.data.get("score"),
        "score_text": heard.data.get("score_text"),
        "direction": heard.data.get("direction"),
        "rank": heard.data.get("rank"),
    }
    return _sent("board", data, id=heard.id)


def reload_from(newest: int) -> bytes:
    """Too much was missed to tell it: read the board anew, then go on after `newest`."""
    return _sent("reload", {}, id=newest)


def _sent(event: str, data: object, *, id: int | None = None, retry: int | None = None) -> bytes:
    return format_sse_event(
        event=event, data_str=json.dumps(data), id=None if id is None else str(id), retry=retry
    )


def hello(newest: int | None = None) -> bytes:
    """The first event; `newest` is the one that whoever comes back says they know, None where what
    they missed is told next.
    """
    return _sent("hello", {}, id=newest, retry=RECONNECT_MILLISECONDS)


STILL_HERE = chunk(KEEPALIVE_COMMENT)
END = b"0\r\n\r\n"
