"""The one switch that shows private scores in the console, to a browser, until it signs out.

A mirrored screen must not give the end of the evening away, so they are off after each sign-in:
what the cookie holds is worth nothing in another session. After the reveal there is no switch.
"""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import RedirectResponse

from heldout_server.people.organizer_sessions import private_mark
from heldout_server.web.pages.console.layout import HOME
from heldout_server.web.pages.console.request import (
    PRIVATE_COOKIE,
    FormSent,
    is_secure,
    own_page,
)
from heldout_server.web.routes import Routes

router = Routes()


@router.post("/private-scores")
def switch(asked: FormSent) -> Response:
    """Show private scores on every page of the console, or hide them."""
    answer = RedirectResponse(own_page(asked.form.text("back"), HOME), 303)
    if asked.form.text("show") != "yes":
        answer.delete_cookie(PRIVATE_COOKIE, path=HOME)
        return answer
    answer.set_cookie(
        PRIVATE_COOKIE,
        private_mark(asked.visitor.secret),
        path=HOME,
        httponly=True,
        samesite="strict",
        secure=is_secure(asked.services, asked.request),
    )
    return answer
