"""How much of requests may be in memory: each one's body, and those of all together."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heldout_server.kit.errors import ProblemError
from heldout_server.web.problems import RETRY_SECONDS, problem_response

MEBIBYTE = 1024 * 1024
# A run card may have 1 MiB.
LONGEST_BODY_BYTES = 2 * MEBIBYTE
# A run card of some megabytes is refused by name, and its submission still counts.
LONGEST_OPENING_BYTES = 8 * MEBIBYTE
# Bodies are read before it is known whose they are: a stranger may open many and finish none.
MOST_HELD_BYTES = 256 * MEBIBYTE
OPENING = re.compile(r"/api/v1/submissions(/[^/]+/run-card)?")
STREAMED_BODY = re.compile(
    r"/api/v1/(submissions/[^/]+/file|submissions/at-once|checks"
    r"|admin/competitions/[^/]+/baselines/file|admin/import|admin/contests(/check)?)"
    r"|/c/[^/]+/me/file"
    r"|/organize/new/file"
)


class BodyLimit:
    """Pure ASGI: refuses a long body before it is read into memory, in the one shape.

    Files are streamed to disk and have limits of their own. (FastAPI's `max_body_size` answers
    in plain text.)
    """

    def __init__(self, app: ASGIApp, most_held_bytes: int = MOST_HELD_BYTES) -> None:
        self.app = app
        self._most_held_bytes = most_held_bytes
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or STREAMED_BODY.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        length = request.headers.get("content-length", "")
        has_card = OPENING.fullmatch(scope["path"])
        longest = LONGEST_OPENING_BYTES if has_card else LONGEST_BODY_BYTES
        if length.isdecimal() and int(length[:18]) > longest:
            await problem_response(request, _too_long(longest))(scope, receive, send)
            return
        refusal = await self._counted(longest, scope, receive, send)
        if refusal is not None:
            await problem_response(request, refusal)(scope, receive, send)

    async def _counted(
        self, longest: int, scope: Scope, receive: Receive, send: Send
    ) -> ProblemError | None:
        """Run the application; returns why its answer was withheld, if it was."""
        received, refusal = 0, None

        async def counted_receive() -> Message:
            nonlocal received, refusal
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self._held_bytes += size
            refusal = self._refusal(received, longest)
            if refusal is not None:
                raise refusal
            return message

        async def own_send(message: Message) -> None:
            # FastAPI calls whatever goes wrong while it reads "an error parsing the body".
            if refusal is None:
                await send(message)

        try:
            await self.app(scope, counted_receive, own_send)
        finally:
            self._held_bytes -= received
        return refusal

    def _refusal(self, received: int, longest: int) -> ProblemError | None:
        if received > longest:
            return _too_long(longest)
        return _no_room() if received and self._held_bytes > self._most_held_bytes else None


def _too_long(longest: int) -> ProblemError:
    return ProblemError(
        "file_too_large",
        f"The request has more than {longest:,} bytes.",
        "Files go to the upload address of an opened submission; of a run card, leave out the "
        "longest series of the history.",
    )


def _no_room() -> ProblemError:
    return ProblemError(
        "unavailable",
        "The server is reading as many requests as it has room for.",
        "Try again in a few seconds.",
        retry_after_seconds=RETRY_SECONDS,
    )
