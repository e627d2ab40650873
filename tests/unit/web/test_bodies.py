"""Bodies that are in memory at the same time have a limit together."""

import asyncio
import json

from heldout_server.web.bodies import BodyLimit


class Request:
    """A request whose second part comes when it is told to; keeps the status of its answer."""

    def __init__(self, part):
        self.parts = [
            {"type": "http.request", "body": part, "more_body": True},
            {"type": "http.request", "body": b"", "more_body": False},
        ]
        self.has_come = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.sent = []

    async def receive(self):
        if len(self.parts) == 1:
            self.has_come.set()
            await self.may_go_on.wait()
        return self.parts.pop(0)

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"]


async def reads_everything(scope, receive, send):
    while (await receive())["more_body"]:
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def scope():
    return {
        "type": "http", "path": "/api/v1/join", "method": "POST", "headers": [],
        "query_string": b"", "state": {},
    }  # fmt: skip


def test_who_comes_when_there_is_no_room_is_put_off_and_later_not():
    async def three():
        limit = BodyLimit(_forgiving, most_held_bytes=150)
        first, second, third = (Request(b"x" * 100) for _ in range(3))
        holding = asyncio.create_task(limit(scope(), first.receive, first.send))
        await first.has_come.wait()
        await limit(scope(), second.receive, second.send)
        first.may_go_on.set()
        await holding
        third.may_go_on.set()
        await limit(scope(), third.receive, third.send)
        return first, second, third

    first, second, third = asyncio.run(three())
    assert [one.status for one in (first, second, third)] == [200, 503, 200]
    assert json.loads(second.sent[1]["body"])["code"] == "unavailable"


async def _forgiving(scope, receive, send):
    """As FastAPI does, answers also when reading fails."""
    try:
        await reads_everything(scope, receive, send)
    except Exception:
        await send({"type": "http.response.start", "status": 422, "headers": []})
