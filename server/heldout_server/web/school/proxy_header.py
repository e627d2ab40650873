"""Who somebody is by the word of a proxy that has signed them in, and of nobody else.

The header is taken off every request that doesn't come from a trusted proxy itself, before
anybody else's word for an address is looked at. A name with underscores is another header.
"""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from heldout_server.kit.errors import ProblemError
from heldout_server.people.school import SchoolPerson, tidy_address
from heldout_server.web.addresses import Peers

ISSUER = "proxy"


class TrustedHeaders:
    """Pure ASGI, outside of everything that changes a caller's address."""

    def __init__(self, app: ASGIApp, proxies: Peers, headers: Collection[str]) -> None:
        self.app = app
        self.proxies = proxies
        self.headers = frozenset(header.encode() for header in headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer = scope.get("client")
            if peer is None or peer[0] not in self.proxies:
                scope["headers"] = [
                    header for header in scope["headers"] if header[0].lower() not in self.headers
                ]
        await self.app(scope, receive, send)


def person(request: Request, *, email_header: str, name_header: str) -> SchoolPerson:
    """Who the proxy says this is, known by their address. Raises ProblemError `school_refused`."""
    address = tidy_address(_one(request, email_header))
    if not address:
        raise ProblemError(
            "school_refused",
            "The proxy in front of this server didn't say who you are.",
            "Open the board by the address where the school asks you to sign in. If you did, "
            "your organizers must look at the proxy's settings.",
        )
    name = _one(request, name_header) if name_header else ""
    return SchoolPerson(ISSUER, address, _in_unicode(name), address)


def _one(request: Request, header: str) -> str:
    """Its value; empty where there is none, or several, of which one may be somebody's own."""
    values = request.headers.getlist(header)
    return values[0] if len(values) == 1 else ""


def _in_unicode(name: str) -> str:
    """Proxies send names as UTF-8 bytes, which are read as Latin-1."""
    try:
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name
