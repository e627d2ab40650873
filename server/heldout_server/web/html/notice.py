"""A sentence above every page, such as a risk that the organizer accepted."""

from __future__ import annotations

from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

notice: ContextVar[str] = ContextVar("notice", default="")
"""The sentence above the pages of this request; empty for none."""


class PageNotice:
    """Pure ASGI: puts one sentence above every page."""

    def __init__(self, app: ASGIApp, text: str) -> None:
        self.app = app
        self.text = text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        notice.set(self.text)
        await self.app(scope, receive, send)
