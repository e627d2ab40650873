"""A path of somebody else's site in front of every address, and none of it inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE_PATH = re.compile(rb"; path=/([^;]*)", re.IGNORECASE)
# Browsers take such a cookie for the whole site only.
WHOLE_SITE = b"__Host-"


class RootPath:
    """Pure ASGI: takes `root` off what is asked for, and puts it before where answers lead to.

    What comes without it is answered, too: a proxy may have taken it off already, and notebooks on
    the same machine don't come by the proxy.
    """

    def __init__(self, app: ASGIApp, root: str) -> None:
        self.app = app
        self.root = root
        self.asked = unquote(root)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")

        async def send_below(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = list(self._below(message.get("headers", ()), host))
            await send(message)

        await self.app({**scope, "path": self._inside(scope["path"])}, receive, send_below)

    def _inside(self, path: str) -> str:
        rest = path.removeprefix(self.asked)
        return rest or "/" if not rest or (rest[0] == "/" and rest != path) else path

    def _below(
        self, headers: list[tuple[bytes, bytes]], host: str
    ) -> Iterator[tuple[bytes, bytes]]:
        for name, value in headers:
            if name == b"location":
                yield name, self._location(value.decode("latin-1"), host).encode("latin-1")
            elif name == b"set-cookie" and not value.startswith(WHOLE_SITE):
                yield name, COOKIE_PATH.sub(rb"; path=%b/\1" % self.root.encode(), value)
            else:
                yield name, value

    def _location(self, to: str, host: str) -> str:
        """Starlette itself leads to whole addresses, where a slash was left out."""
        parts = urlsplit(to)
        if parts.netloc not in {"", host} or not parts.path.startswith("/"):
            return to
        return parts._replace(path=f"{self.root}{parts.path}").geturl()
