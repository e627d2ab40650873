"""The lines to paste into a notebook, with this server's own address and wheel."""

from __future__ import annotations

from heldout_server.web.client_wheel import offered
from heldout_server.web.services import Services
from heldout_server.web.view_models.notebook_snippet import Snippet


def snippet_for(services: Services, base_url: str, code: str | None = None) -> Snippet:
    """The snippet with the address under which notebooks reach the server at `base_url`."""
    there = services.notebook_url(base_url)
    return Snippet(
        server_url=there,
        wheel_url=f"{there}/client/{offered().name}",
        code=code,
    )
