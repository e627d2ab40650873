"""Posting one message: to the address that was checked, without redirects, within seconds."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from heldout_server.webhooks.addresses import (
    AddressRefused,
    Destination,
    Resolve,
    destinations,
    system_resolver,
)
from heldout_server.webhooks.news import Format, Message, body, signature

# For all of it: the name, the connection, and the answer's headers, however slowly they drip in.
DEADLINE_SECONDS = 10.0
# An address that swallows packets leaves time for the next one.
CONNECT_SECONDS = 4.0
LONGEST_RETRY_SECONDS = 3600
Found = TypeVar("Found")
# Of the 4xx answers only these say "later"; the others say "never".
LATER = frozenset({408, 409, 425, 429})


@dataclass(frozen=True)
class Outcome:
    """How a try ended. `final`: trying again would be no use. The problem quotes no secret."""

    delivered: bool
    status: int | None = None
    problem: str | None = None
    final: bool = False
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class Target:
    """Where and how to send; the repr shows no secret."""

    url: str
    format: str
    secret: str

    def __repr__(self) -> str:
        return f"Target({self.format}, {urlsplit(self.url).hostname})"


@dataclass(frozen=True)
class Sender:
    """Sends messages. `transport` and `resolve` are the outside, replaced in tests."""

    private: bool
    resolve: Resolve = system_resolver
    transport: httpx.AsyncBaseTransport | None = None
    clock: Callable[[], float] = time.time
    deadline_seconds: float = DEADLINE_SECONDS

    def send(self, target: Target, message: Message) -> Outcome:
        """Post the message once; never raises for what the other side does.

        It ends within `deadline_seconds`: httpx's own limits are for each read, so that a
        receiver who drips a byte now and then would hold the sender for as long as it likes.
        """
        return asyncio.run(self._send_in_time(target, message))

    async def _send_in_time(self, target: Target, message: Message) -> Outcome:
        try:
            async with asyncio.timeout(self.deadline_seconds):
                return await self._send(target, message)
        except TimeoutError:
            return Outcome(False, problem=self._too_late())

    async def _send(self, target: Target, message: Message) -> Outcome:
        try:
            found = await _aside(
                lambda: destinations(target.url, private=self.private, resolve=self.resolve)
            )
        except AddressRefused as refused:
            return Outcome(False, problem=str(refused))
        content = body(message, target.format)
        headers = self._headers(target, message, content)
        outcome = Outcome(False, problem="The webhook's server can't be reached.")
        for destination in found:
            try:
                return await self._post(destination, content, headers)
            except httpx.TransportError as error:
                outcome = Outcome(False, problem=self._words(error))
        return outcome

    def _headers(self, target: Target, message: Message, content: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "Heldout webhooks"}
        if target.format == Format.JSON:
            timestamp = int(self.clock())
            headers["Heldout-Delivery"] = message.id
            headers["Heldout-Timestamp"] = str(timestamp)
            headers["Heldout-Signature"] = signature(target.secret, timestamp, content)
        return headers

    async def _post(self, to: Destination, content: bytes, headers: dict[str, str]) -> Outcome:
        # No proxy and no ~/.netrc from the environment: a proxy would resolve the name again.
        async with httpx.AsyncClient(
            transport=self.transport,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        ) as client:
            request = client.build_request(
                "POST",
                to.url,
                content=content,
                headers={**headers, "Host": to.host},
                # The certificate must be the name's, although we connect to a number.
                extensions={"sni_hostname": _bare(to.host)},
            )
            response = await client.send(request, stream=True)  # its body is never read
            await response.aclose()
        return _outcome(response)

    def _words(self, error: httpx.TransportError) -> str:
        if isinstance(error, httpx.TimeoutException) and not isinstance(
            error, httpx.ConnectTimeout
        ):
            return self._too_late()
        if "certificate" in str(error).lower():
            return "The certificate of the webhook's server isn't valid for its name."
        return "The webhook's server can't be reached."

    def _too_late(self) -> str:
        return f"The webhook's server didn't answer within {self.deadline_seconds:g} seconds."


async def _aside(work: Callable[[], Found]) -> Found:
    """`work` in a thread of its own, which is left behind when the time is over.

    A resolver can't be interrupted, and the loop's own threads would be waited for at the end.
    """
    future: Future[Found] = Future()

    def run() -> None:
        future.set_running_or_notify_cancel()
        try:
            future.set_result(work())
        except BaseException as error:  # it is raised again where it is awaited
            future.set_exception(error)

    threading.Thread(target=run, name="heldout-webhook-name", daemon=True).start()
    return await asyncio.wrap_future(future)


def _bare(host: str) -> str:
    return urlsplit(f"//{host}").hostname or host


def _outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        return Outcome(True, status)
    problem = f"The webhook's server answered {status}."
    if 300 <= status < 400:
        return Outcome(False, status, f"{problem} Redirects aren't followed.", final=True)
    final = 400 <= status < 500 and status not in LATER
    return Outcome(False, status, problem, final, _retry_after(response))


def _retry_after(response: httpx.Response) -> int | None:
    given = response.headers.get("retry-after", "")
    return min(int(given[:9]), LONGEST_RETRY_SECONDS) if given.isdecimal() else None
