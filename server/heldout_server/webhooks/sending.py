"""Posting one message: to the address that was checked, without redirects, within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
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

TIMEOUT_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 3600
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
    transport: httpx.BaseTransport | None = None
    clock: Callable[[], float] = time.time

    def send(self, target: Target, message: Message) -> Outcome:
        """Post the message once; never raises for what the other side does."""
        try:
            found = destinations(target.url, private=self.private, resolve=self.resolve)
        except AddressRefused as refused:
            return Outcome(False, problem=str(refused))
        content = body(message, target.format)
        headers = self._headers(target, message, content)
        outcome = Outcome(False, problem="The webhook's server can't be reached.")
        for destination in found:
            try:
                return self._post(destination, content, headers)
            except httpx.TransportError as error:
                outcome = Outcome(False, problem=_words(error))
        return outcome

    def _headers(self, target: Target, message: Message, content: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "Heldout webhooks"}
        if target.format == Format.JSON:
            timestamp = int(self.clock())
            headers["Heldout-Delivery"] = message.id
            headers["Heldout-Timestamp"] = str(timestamp)
            headers["Heldout-Signature"] = signature(target.secret, timestamp, content)
        return headers

    def _post(self, to: Destination, content: bytes, headers: dict[str, str]) -> Outcome:
        # No proxy and no ~/.netrc from the environment: a proxy would resolve the name again.
        with httpx.Client(
            transport=self.transport,
            timeout=TIMEOUT_SECONDS,
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
            response = client.send(request, stream=True)  # the answer's body is never read
            response.close()
        return _outcome(response)


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


def _words(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"The webhook's server didn't answer within {TIMEOUT_SECONDS:.0f} seconds."
    if "certificate" in str(error).lower():
        return "The certificate of the webhook's server isn't valid for its name."
    return "The webhook's server can't be reached."
