"""The names that this server goes by: a `Host` header is what a stranger says."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from heldout_server.kit.errors import ProblemError
from heldout_server.kit.settings import Settings
from heldout_server.web.addresses import is_loopback
from heldout_server.web.problems import problem_response

HOST = re.compile(r"(?P<name>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?", re.IGNORECASE)
THIS_MACHINE = "localhost"
# Whoever watches the server asks it by an address of their own.
FOR_WATCHERS = frozenset({"/health", "/ready"})


class KnownHosts:
    """Pure ASGI: refuses what can't be a host; with a public URL, other servers' names as well.

    This machine's names are always known: the loopback's, and the address that was connected to.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.public = urlsplit(settings.public_url).hostname
        self.names = {THIS_MACHINE, self.public, *settings.allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._refusal(scope) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, send)
        else:
            await problem_response(Request(scope), problem)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ProblemError | None:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if not given:
            return None  # HTTP/1.0 has none
        name = _name_in(given[0]) if len(given) == 1 else None
        if name is None:
            return ProblemError(
                "malformed", "The Host header names no host.", "Send one, such as board.example."
            )
        if self.public is None or scope["path"] in FOR_WATCHERS or self._is_known(name, scope):
            return None
        return ProblemError(
            "wrong_host",
            f"This server doesn't go by the name in your request; it is {self.public}.",
            "Open the board's own address. Organizers can add a name to HELDOUT_ALLOWED_HOSTS; a "
            "proxy must pass the Host header on.",
        )

    def _is_known(self, name: str, scope: Scope) -> bool:
        here = scope.get("server")
        return name in self.names or is_loopback(name) or (here is not None and name == here[0])


@lru_cache(maxsize=1024)
def _name_in(given: bytes) -> str | None:
    """The name without the port; None where there can't be one."""
    host = HOST.fullmatch(given.decode("latin-1"))
    return host["name"].lower().strip("[]") if host is not None else None
