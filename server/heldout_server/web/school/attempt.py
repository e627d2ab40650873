"""One way through the school's sign-in and back: what this browser keeps of it for ten minutes.

A cookie of its own for each, so that two tabs don't disturb each other. State, nonce and PKCE's
verifier are made from its secret, so nothing has to be stored here, and whoever lacks the cookie
can't end what they didn't begin. It is read on the way back and deleted then.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from fastapi import Request, Response

LASTS = timedelta(minutes=10)
MOST_AT_ONCE = 5
"""In one browser; beyond, those before are forgotten: a head has only so much room."""
SECRET_LENGTH, NAMED_BY = 43, 10
LONGEST_COOKIE = 3000
LATEST = 2**40
PREFIX, SAFE = "heldout_school_", "__Host-"


@dataclass(frozen=True)
class Attempt:
    """Where it leads: to the competition `slug`, or without one to the organizers' page `next`.

    `name` and `room` are what was typed before; `me` is the browser's secret there, if it had one;
    `started_at` in seconds.
    """

    secret: str
    started_at: int
    slug: str = ""
    next: str = ""
    name: str = ""
    room: str = ""
    me: str = ""

    @classmethod
    def begun(
        cls, now: datetime, *, slug: str = "", next: str = "", name: str = "", room: str = "",
        me: str = "",
    ) -> Attempt:  # fmt: skip
        """A new one."""
        return cls(secrets.token_urlsafe(32), int(now.timestamp()), slug, next, name, room, me)

    @property
    def state(self) -> str:
        """What the issuer gives back, to show that this browser had asked."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What must stand in the token, to show that it was made for this."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """PKCE's: whoever else has the code can't use it."""
        return self._derived("verifier")

    def keep(self, request: Request, answer: Response, *, secure: bool) -> None:
        """Give the browser its cookie."""
        old = [name for name in request.cookies if PREFIX in name]
        for name in old if len(old) >= MOST_AT_ONCE else ():
            _forget(answer, name, secure=secure)
        content = json.dumps(asdict(self), separators=(",", ":")).encode()
        answer.set_cookie(
            _named(self.state, secure=secure),
            base64.urlsafe_b64encode(content).decode(),
            max_age=int(LASTS.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def forget(self, answer: Response, *, secure: bool) -> None:
        """It is over, however it ended."""
        _forget(answer, _named(self.state, secure=secure), secure=secure)

    def _derived(self, purpose: str) -> str:
        digest = hmac.digest(self.secret.encode(), purpose.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def kept(request: Request, state: str, now: datetime, *, secure: bool) -> Attempt | None:
    """The attempt that this browser began with this state, not too long ago."""
    found = _read(request.cookies.get(_named(state, secure=secure), ""))
    if found is None or not hmac.compare_digest(found.state.encode(), state.encode()):
        return None
    age = now.timestamp() - found.started_at
    return found if -LASTS.total_seconds() <= age <= LASTS.total_seconds() else None


def _read(cookie: str) -> Attempt | None:
    if not cookie or len(cookie) > LONGEST_COOKIE:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(cookie))
        given = {field.name: content[field.name] for field in fields(Attempt)}
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None
    texts = [value for name, value in given.items() if name != "started_at"]
    right = all(isinstance(value, str) and _is_storable(value) for value in texts)
    if not right or not _is_time(given["started_at"]) or len(given["secret"]) != SECRET_LENGTH:
        return None
    return Attempt(**given)


def _is_time(given: object) -> bool:
    return type(given) is int and 0 <= given < LATEST


def _is_storable(text: str) -> bool:
    """Whether a database could look for it; what we gave could be, but it may not be ours."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def _named(state: str, *, secure: bool) -> str:
    """Over https no neighbouring host of the same domain can plant such a cookie."""
    letters = "".join(c for c in state[:NAMED_BY] if c.isascii() and (c.isalnum() or c in "-_"))
    return f"{SAFE if secure else ''}{PREFIX}{letters}"


def _forget(answer: Response, name: str, *, secure: bool) -> None:
    answer.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=secure)
