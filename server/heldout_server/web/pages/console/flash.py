"""What the last act did, carried over the redirect in a cookie that only the console reads."""

from __future__ import annotations

import base64
import binascii
import json

from starlette.responses import Response

from heldout_server.web.pages.console.layout import HOME, Notice

COOKIE = "heldout_said"
LONGEST_TEXT = 400
KEPT_SECONDS = 120


def put(response: Response, said: Notice, *, secure: bool) -> None:
    """Let the next page say it."""
    content = json.dumps([said.text[:LONGEST_TEXT], said.undoes])
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(content.encode()).decode(),
        max_age=KEPT_SECONDS,
        path=HOME,
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def take(cookie: str | None) -> Notice | None:
    """What is to be said; None when nothing is, or when the cookie isn't ours."""
    if not cookie:
        return None
    try:
        text, undoes = json.loads(base64.urlsafe_b64decode(cookie))
        return Notice(text=str(text), undoes=None if undoes is None else int(undoes))
    except (binascii.Error, ValueError, TypeError):
        return None


def forget(response: Response) -> None:
    """Say it once only."""
    response.delete_cookie(COOKIE, path=HOME)
