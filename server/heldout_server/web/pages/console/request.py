"""One organizer's request: who asks, one transaction for an act, and the page that answers.

    @router.post("/pause")
    def pause(asked: FormSent) -> Response:
        return asked.act(_pause, view=view, which="pause")

An act that a service refuses is rolled back, and the page is shown again with the sentence, the
hint and everything that was typed.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Cookie, Depends, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from sqlmodel import Session

from heldout_server.acts import undo
from heldout_server.acts.audit_log import Actor
from heldout_server.acts.registry import ActContext
from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Organizer, Role
from heldout_server.people import organizer_sessions
from heldout_server.web.deps import Now, ServicesDep
from heldout_server.web.html.render import render
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.console import flash
from heldout_server.web.pages.console.forms import Form
from heldout_server.web.pages.console.layout import HOME, ConsolePage, FormRefused, Frame, Notice
from heldout_server.web.security import check_same_site
from heldout_server.web.services import Services
from heldout_server.web.view_models.pages import CompetitionView, FormError

COOKIE = "heldout_organizer"
PRIVATE_COOKIE = "heldout_private"
PRIVATE = {"Cache-Control": "no-store"}
OWN_PAGE = re.compile(r"/organize(/[\w./-]*)?(\?[\w=&.%+-]*)?")

SecretCookie = Annotated[str | None, Cookie(alias=COOKIE)]


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more."""


@dataclass(frozen=True)
class Visitor:
    """A signed-in organizer; `secret` is what their browser's cookie holds."""

    organizer: Organizer
    secret: str

    @property
    def csrf(self) -> str:
        """The hidden field of their forms."""
        return organizer_sessions.form_token(self.secret)

    def asks_for_private(self, request: Request) -> bool:
        """Whether this browser switched private scores on since it signed in."""
        wanted = organizer_sessions.private_mark(self.secret)
        return hmac.compare_digest(
            request.cookies.get(PRIVATE_COOKIE, "").encode(), wanted.encode()
        )


def signed_in(services: ServicesDep, now: Now, secret: SecretCookie = None) -> Organizer | None:
    """The organizer of this browser, if any: for pages that look different to organizers."""
    if secret is None:
        return None
    with services.database.read() as session:
        return organizer_sessions.signed_in(session, secret, now=now)


SignedIn = Annotated[Organizer | None, Depends(signed_in)]


def visitor(organizer: SignedIn, secret: SecretCookie = None) -> Visitor:
    """The organizer of this browser. Raises SignInNeeded."""
    if organizer is None or secret is None:
        raise SignInNeeded
    return Visitor(organizer, secret)


@dataclass(frozen=True)
class PageContext:
    """What a page is made from: a snapshot of the database and the frame around it."""

    session: Session
    services: Services
    request: Request
    frame: Frame
    found: Competition | None = None

    @property
    def now(self) -> datetime:
        """The server's clock."""
        return self.frame.now

    @property
    def competition(self) -> Competition:
        """The competition that the address names."""
        assert self.found is not None
        return self.found

    @property
    def row_id(self) -> int:
        """Its row id."""
        assert self.competition.id is not None
        return self.competition.id

    @property
    def view(self) -> CompetitionView:
        """The competition as pages need it."""
        return competition_view(self.session, self.competition, now=self.now)

    def section(self, name: str) -> Frame:
        """The frame with one entry of the navigation marked."""
        return replace(self.frame, section=name)


@dataclass(frozen=True)
class FormContext:
    """What an act works with, inside its transaction."""

    session: Session
    services: Services
    request: Request
    actor: Actor
    form: Form
    now: datetime
    found: Competition | None = None
    ready: str | None = None
    """What was prepared before the transaction began, such as a file that was read."""

    @property
    def context(self) -> ActContext:
        """For acts that are performed by hand."""
        return ActContext(self.session, self.actor, self.now, self.found)

    def named(self, part: str) -> str:
        """A part of the address, such as a participant's id."""
        return str(self.request.path_params[part])

    @property
    def competition(self) -> Competition:
        """The competition that the address names, held until the commit."""
        assert self.found is not None
        return self.found

    @property
    def row_id(self) -> int:
        """Its row id."""
        assert self.competition.id is not None
        return self.competition.id


TemplatePage = tuple[str, ConsolePage]
View = Callable[[PageContext], TemplatePage]
Do = Callable[[FormContext], Notice]


@dataclass(frozen=True)
class ReadRequest:
    """Shows pages to one organizer."""

    request: Request
    services: Services
    visitor: Visitor
    now: datetime

    @property
    def slug(self) -> str | None:
        """The competition in the address."""
        return self.request.path_params.get("slug")

    @property
    def _here(self) -> str:
        """The page that is shown, to come back to it."""
        url = self.request.url
        if self.request.method == "POST":
            return url.path.rsplit("/", 1)[0]
        return f"{url.path}?{url.query}" if url.query else url.path

    def show(
        self, view: View, *, said: Notice | None = None, refused: FormRefused | None = None,
        status: int = 200,
    ) -> Response:  # fmt: skip
        """The page, once with what the last act did."""
        cookie = self.request.cookies.get(flash.COOKIE)
        said = said or (flash.take(cookie) if refused is None else None)
        answer = HTMLResponse(self.html(view, said, refused), status, headers=PRIVATE)
        if cookie:
            flash.forget(answer)
        return answer

    def html(
        self, view: View, said: Notice | None = None, refused: FormRefused | None = None
    ) -> str:
        """The page's text. Raises ProblemError `not_found` for an unknown competition."""
        with self.look(said, refused) as look:
            template, page = view(look)
            return render(template, page)

    @contextmanager
    def look(
        self, said: Notice | None = None, refused: FormRefused | None = None
    ) -> Iterator[PageContext]:
        """A snapshot to read from. Raises ProblemError `not_found` for an unknown competition."""
        with self.services.database.read() as session:
            found = competitions.by_slug(session, self.slug) if self.slug else None
            frame = self._frame(said, refused, found)
            yield PageContext(session, self.services, self.request, frame, found)

    def _frame(
        self, said: Notice | None, refused: FormRefused | None, found: Competition | None
    ) -> Frame:  # fmt: skip
        organizer = self.visitor.organizer
        is_revealed = found is not None and found.revealed_at is not None
        return Frame(
            name=organizer.name,
            is_owner=organizer.role == Role.OWNER,
            csrf=self.visitor.csrf,
            now=self.now,
            slug=self.slug,
            said=said,
            refused=refused,
            here=self._here,
            is_revealed=is_revealed,
            shows_private=is_revealed or self.visitor.asks_for_private(self.request),
        )


@dataclass(frozen=True)
class ActRequest(ReadRequest):
    """Acts for one organizer, from a form of ours."""

    form: Form

    def act(
        self, do: Do, *, view: View, which: str, prepare: Callable[[], str | None] | None = None
    ) -> Response:
        """Do it in one transaction, then go to the page (or where the form says) and tell.

        `prepare` runs before the transaction: what takes long must not hold it. Refused: nothing
        is changed, and `view` is shown with the form as it was.
        """
        try:
            said = self._done(do, prepare() if prepare else None)
        except ProblemError as problem:
            if self.wants_json:
                raise
            return self.refuse(problem, view, which)
        if self.wants_json:
            return JSONResponse({"said": said.text}, headers=PRIVATE)
        if said.secrets:
            return self.show(view, said=said)
        next_page = own_page(self.form.text("back"), said.to or self._here)
        answer = RedirectResponse(next_page, 303)
        if not self._is_about(next_page):
            said = replace(said, undoes=None)
        flash.put(answer, said, secure=is_secure(self.services, self.request))
        return answer

    def _is_about(self, page: str) -> bool:
        """Whether the page is of the same competition, so that its “Undo” takes this act back."""
        return self.slug is None or f"{page}/".startswith(f"{HOME}/c/{self.slug}/")

    @property
    def wants_json(self) -> bool:
        """Whether a script of ours asks, which shows the sentence itself."""
        return self.request.headers.get("accept", "") == "application/json"

    def _done(self, do: Do, ready: str | None) -> Notice:
        asked = f"{self.request.url} {self.form.asked}".encode()
        actor = Actor.organizer(self.visitor.organizer).asked(self.form.text("key") or None, asked)
        with self.services.database.write() as session:
            found = competitions.by_slug(session, self.slug, lock=True) if self.slug else None
            before = _undoable(session, found)
            said = do(
                FormContext(
                    session, self.services, self.request, actor, self.form, self.now, found, ready
                )
            )
            after = _undoable(session, found)
        return replace(said, undoes=after) if after != before and said.undoes is None else said

    def refuse(self, problem: ProblemError, view: View, which: str) -> Response:
        """The page again, with why, and with all that was typed."""
        error = FormError(
            detail=problem.detail, hint=problem.hint, field=problem.extra.get("field")
        )
        refused = FormRefused(which=which, error=error, typed=self.form.typed)
        return self.show(view, refused=refused, status=problem.status)


def _undoable(session: Session, competition: Competition | None) -> int | None:
    last = undo.last(session, competition, ACTS) if competition is not None else None
    return None if last is None else last.id


def own_page(wanted: str, otherwise: str) -> str:
    """Where to go next: never to another site, whatever a link or a form says."""
    return wanted if OWN_PAGE.fullmatch(wanted) else otherwise


def is_secure(services: Services, request: Request) -> bool:
    """Whether browsers reach us encrypted, so that cookies may demand it."""
    return services.base_url(request).startswith("https://")


Visiting = Annotated[Visitor, Depends(visitor)]


def read_request(request: Request, services: ServicesDep, who: Visiting, now: Now) -> ReadRequest:
    """To look at pages."""
    return ReadRequest(request, services, who, now)


async def posted(request: Request, who: Visiting) -> AsyncIterator[Form]:
    """The form, when it came from a page of ours. Raises ProblemError `forbidden`."""
    check_same_site(request)
    async with request.form() as data:
        form = Form.of(data)
        check_ours(form, who)
        yield form


def check_ours(form: Form, who: Visitor) -> None:
    """Raise ProblemError `forbidden` for a form that isn't from a page of theirs."""
    if not hmac.compare_digest(form.text("csrf").encode(), who.csrf.encode()):
        raise ProblemError(
            "forbidden",
            "This form was sent from elsewhere, or before you signed in anew; nothing was done.",
            "Open the page again, then send it.",
        )


def act_request(
    request: Request,
    services: ServicesDep,
    who: Visiting,
    now: Now,
    form: Annotated[Form, Depends(posted)],
) -> ActRequest:
    """To act."""
    return ActRequest(request, services, who, now, form)


def check_owner(who: Visiting) -> Visitor:
    """Raises ProblemError `forbidden` for helpers."""
    if who.organizer.role != Role.OWNER:
        raise ProblemError(
            "forbidden",
            "Only an owner may do this; you are a helper. Nothing was changed.",
            "Ask an owner to do it, or to make you one.",
        )
    return who


def owners_request(
    asked: Annotated[ActRequest, Depends(act_request)],
    owner: Annotated[Visitor, Depends(check_owner)],
) -> ActRequest:
    """To do what only owners may."""
    return asked


Reading = Annotated[ReadRequest, Depends(read_request)]
FormSent = Annotated[ActRequest, Depends(act_request)]
OwnersForm = Annotated[ActRequest, Depends(owners_request)]
OwnersEyes = Depends(check_owner)
