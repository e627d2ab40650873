"""One's own pages: joining, and everything that a participant does in a browser."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from heldout_server.web.pages.me import join_page, page, starter_notebook, upload
from heldout_server.web.routes import Routes
from heldout_server.web.signed_in import NotSignedIn

router = Routes()
for module in (join_page, page, starter_notebook, upload):
    router.include_router(module.router)


def install(app: FastAPI) -> None:
    """Whoever isn't signed in is sent to the join page, where a code signs them in."""
    app.add_exception_handler(NotSignedIn, _to_the_join_page)


async def _to_the_join_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotSignedIn)
    return RedirectResponse(f"/c/{error.slug}/join", 303, headers={"Cache-Control": "no-store"})
