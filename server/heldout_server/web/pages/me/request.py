"""One participant's request from a browser: the page, and acts in one transaction each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from heldout_server.acts.audit_log import Actor
from heldout_server.acts.registry import ActContext
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant
from heldout_server.web.deps import Now, ServicesDep
from heldout_server.web.html.render import render
from heldout_server.web.pages.console.forms import Form
from heldout_server.web.pages.me.own_rows import own_rows_page
from heldout_server.web.pages.me.view import me_page
from heldout_server.web.security import check_same_site
from heldout_server.web.services import Services
from heldout_server.web.signed_in import PRIVATE, Me, SignedIn, is_secure
from heldout_server.web.view_models.me import FormRefused
from heldout_server.web.view_models.pages import FormError

WHOLE = "me.html"

Do = Callable[[ActContext, Participant, Form], object]
"""What a form asks for, done inside a transaction to whoever sent it."""


@dataclass(frozen=True)
class MyReadRequest:
    """Shows one's own page, and does what its forms ask for."""

    request: Request
    services: Services
    who: SignedIn
    now: datetime

    @property
    def slug(self) -> str:
        """The competition in the address."""
        return self.who.competition.slug

    @property
    def secure(self) -> bool:
        """Whether cookies may demand https."""
        return is_secure(self.services, self.request)

    def show(
        self,
        template: str = WHOLE,
        *,
        done: str = "",
        refused: FormRefused | None = None,
        status: int = 200,
    ) -> Response:
        """The page, or a part of it."""
        base_url = self.services.base_url(self.request)
        with self.services.database.read() as session:
            page = me_page(
                session, self.services, self.who, base_url,
                code=self.who.code if template == WHOLE else None,
                done=done, refused=refused, now=self.now,
            )  # fmt: skip
        return HTMLResponse(render(template, page), status, headers=PRIVATE)

    def show_rows(self) -> Response:
        """One's own rows of the board alone."""
        with self.services.database.read() as session:
            page = own_rows_page(session, self.who, self.now)
        return HTMLResponse(render("_own_rows.html", page), headers=PRIVATE)

    def go(self, done: str) -> Response:
        """To the page, which says what was done: reloading it does nothing again."""
        return RedirectResponse(f"/c/{self.slug}/me?done={done}", 303, headers=PRIVATE)

    def refuse(self, problem: ProblemError, which: str, form: Form | None = None) -> Response:
        """The page again, with why beside the form, and with what was typed."""
        error = FormError(
            detail=problem.detail, hint=problem.hint, field=problem.extra.get("field")
        )
        refused = FormRefused(which=which, error=error, typed=form.typed if form else {})
        answer = self.show(refused=refused, status=problem.status)
        if problem.retry_after_seconds is not None:
            answer.headers["Retry-After"] = str(problem.retry_after_seconds)
        return answer


@dataclass(frozen=True)
class MyActRequest(MyReadRequest):
    """The same with a form from a page of ours."""

    form: Form

    def act(self, do: Do, *, which: str, done: str) -> Response:
        """Do it in one transaction and go to the page; refused, nothing is changed."""
        try:
            self.done(do)
        except ProblemError as problem:
            return self.refuse(problem, which, self.form)
        return self.go(done)

    def done(self, do: Do) -> object:
        """Do it in one transaction; returns what it made. Raises ProblemError."""
        with self.services.database.write() as session:
            me = session.get_one(
                Participant, self.who.participant.id, with_for_update={"key_share": True}
            )
            competition = session.get_one(Competition, me.competition_id)
            context = ActContext(session, Actor.participant(me), self.now, competition)
            return do(context, me, self.form)


def my_read_request(request: Request, services: ServicesDep, who: Me, now: Now) -> MyReadRequest:
    """To look."""
    return MyReadRequest(request, services, who, now)


async def posted(request: Request, who: Me) -> AsyncIterator[Form]:
    """The form, when it came from a page of theirs. Raises ProblemError `forbidden`."""
    check_same_site(request)
    async with request.form() as data:
        form = Form.of(data)
        who.check_form(form.text("csrf"))
        yield form


def my_act_request(
    request: Request,
    services: ServicesDep,
    who: Me,
    now: Now,
    form: Annotated[Form, Depends(posted)],
) -> MyActRequest:
    """To act."""
    return MyActRequest(request, services, who, now, form)


MyReading = Annotated[MyReadRequest, Depends(my_read_request)]
MyFormSent = Annotated[MyActRequest, Depends(my_act_request)]
