"""Who a browser is: two cookies of one competition, which the API never takes, and one of all.

One holds a secret that signs in. The other holds the personal code, so that this browser can show
it again: the server has only its hash, against which it is compared first. The third has both, and
is told to every competition: whoever is known in one joins another as the same person.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated

from fastapi import Cookie, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant
from heldout_server.people import joining, personal_codes, sign_ins
from heldout_server.people.tokens import form_token
from heldout_server.web.deps import Now, ServicesDep
from heldout_server.web.services import Services

COOKIE, CODE_COOKIE, KNOWN_COOKIE = "heldout_me", "heldout_code", "heldout_known"
EVERYWHERE = "/c"
# What a page shows is its reader's alone.
PRIVATE = {"Cache-Control": "no-store"}

SecretCookie = Annotated[str | None, Cookie(alias=COOKIE, max_length=100)]
CodeCookie = Annotated[str | None, Cookie(alias=CODE_COOKIE, max_length=60)]
KnownCookie = Annotated[str | None, Cookie(alias=KNOWN_COOKIE, max_length=170)]


class NotSignedIn(Exception):
    """This browser is nobody in the competition with this slug, or not any more."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


@dataclass(frozen=True)
class SignedIn:
    """A participant in their browser."""

    participant: Participant
    competition: Competition
    secret: str
    code_cookie: str | None

    @cached_property
    def code(self) -> str | None:
        """The personal code, when it is known here and still theirs; comparing takes 3 ms."""
        typed = personal_codes.typed(self.code_cookie or "")
        return typed.shown if personal_codes.is_of(self.participant, typed) else None

    @property
    def csrf(self) -> str:
        """The hidden field of their forms."""
        return form_token(self.secret)

    def check_form(self, given: str) -> None:
        """Raise ProblemError `forbidden` for a form that isn't from a page of theirs."""
        if not hmac.compare_digest(given.encode(), self.csrf.encode()):
            raise ProblemError(
                "forbidden",
                "This form was sent from elsewhere, or before you signed in anew; nothing was "
                "done.",
                "Open the page again, then send it.",
            )


async def signed_in(
    slug: str,
    services: ServicesDep,
    now: Now,
    secret: SecretCookie = None,
    code: CodeCookie = None,
) -> SignedIn | None:
    """The participant of this browser, if any: for pages that look different to them."""
    if not secret:
        return None
    async with services.turns.knowing:
        return await run_in_threadpool(_signed_in, services.database, slug, secret, code, now)


def _signed_in(
    database: Database, slug: str, secret: str, code: str | None, now: datetime
) -> SignedIn | None:
    with database.read() as session:
        found = joining.by_browser(session, secret, now=now)
        if found is None or competitions.by_slug(session, slug).id != found.competition_id:
            return None
        competition = session.get_one(Competition, found.competition_id)
    return SignedIn(found, competition, secret, code)


async def known_here(services: ServicesDep, now: Now, known: KnownCookie = None) -> SignedIn | None:
    """Who this browser is in whichever competition it signed in to last, if its code is theirs.

    The secret is looked up first: nobody tries codes here.
    """
    secret, _, code = (known or "").partition(".")
    if not secret or not code:
        return None
    async with services.turns.knowing:
        return await run_in_threadpool(_known, services.database, secret, code, now)


def _known(database: Database, secret: str, code: str, now: datetime) -> SignedIn | None:
    with database.read() as session:
        found = joining.by_browser(session, secret, now=now)
        if found is None:
            return None
        competition = session.get_one(Competition, found.competition_id)
    who = SignedIn(found, competition, secret, code)
    return who if who.code is not None else None


KnownDep = Annotated[SignedIn | None, Depends(known_here)]
SignedInDep = Annotated[SignedIn | None, Depends(signed_in)]


async def myself(slug: str, who: SignedInDep) -> SignedIn:
    """Raises NotSignedIn."""
    if who is None:
        raise NotSignedIn(slug)
    return who


Me = Annotated[SignedIn, Depends(myself)]


def sign_in(
    answer: Response,
    session: Session,
    participant: Participant,
    *,
    slug: str,
    code: str,
    secure: bool,
    now: datetime,
) -> None:
    """Let the browser that gets `answer` be this participant; `code` empty: it isn't known here."""
    secret = sign_ins.on_browser(session, participant, now=now)
    _put(answer, COOKIE, secret, _path(slug), secure=secure)
    if code:
        keep_code(answer, code, secret, slug=slug, secure=secure)
    else:
        answer.delete_cookie(KNOWN_COOKIE, path=EVERYWHERE)


def keep_code(answer: Response, code: str, secret: str, *, slug: str, secure: bool) -> None:
    """Let the browser show this personal code again, and join other competitions with it."""
    _put(answer, CODE_COOKIE, code, _path(slug), secure=secure)
    _put(answer, KNOWN_COOKIE, f"{secret}.{code}", EVERYWHERE, secure=secure)


def forget(answer: Response, slug: str) -> None:
    """Nobody any more."""
    for cookie in (COOKIE, CODE_COOKIE):
        answer.delete_cookie(cookie, path=_path(slug))
    answer.delete_cookie(KNOWN_COOKIE, path=EVERYWHERE)


def is_secure(services: Services, request: Request) -> bool:
    """Whether browsers reach us encrypted, so that cookies may demand it."""
    return services.base_url(request).startswith("https://")


def _put(answer: Response, name: str, value: str, path: str, *, secure: bool) -> None:
    # Lax: a link in the class's chat opens one's own page; forms have a token of their own.
    answer.set_cookie(
        name,
        value,
        max_age=int(sign_ins.BROWSER_REMEMBERS.total_seconds()),
        path=path,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def _path(slug: str) -> str:
    return f"/c/{slug}"
