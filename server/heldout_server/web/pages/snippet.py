"""The lines to paste into a notebook, with this server's own address and wheel."""

from __future__ import annotations

from fastapi import Request

from heldout_server.web.pages.snippets import Snippet
from heldout_server.web.services import Services


def snippet_for(services: Services, request: Request, code: str | None = None) -> Snippet:
    """The snippet with the address under which others reach the server."""
    base_url = services.room_url(request)
    return Snippet(
        server_url=base_url,
        wheel_url=f"{base_url}/client/{services.wheel_name()}",
        code=code,
    )
