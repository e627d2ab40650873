"""Acts as forms of the console: one address for each declaration on a page.

    act_forms.add(router, view, {"/ban": ban_participant, "/unban": unban_participant})

What the act is about stands in the address or in a hidden field; fields are read by their types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Response

from heldout_server.acts.registry import AnyAct, Performed
from heldout_server.models import Role
from heldout_server.web.api.admin.act_routes import names_in
from heldout_server.web.pages.console.act_fields import given_in
from heldout_server.web.pages.console.layout import Notice
from heldout_server.web.pages.console.request import (
    ActRequest,
    FormContext,
    FormSent,
    OwnersForm,
    View,
)
from heldout_server.web.routes import Routes


def add(router: Routes, view: View, acts: Mapping[str, AnyAct], *, below: int = 1) -> None:
    """Give each act an address, `below` steps below the page that it goes back to.

    Refused, `view` is shown with what was typed.
    """
    for path, act in acts.items():
        endpoint = _endpoint(path.rpartition("/")[2], act, view, below)
        router.add_api_route(path, endpoint, methods=["POST"], name=act.name)


def perform(it: FormContext, act: AnyAct, *, to: str | None = None, **ids: str) -> Notice:
    """Do what the form asks for, and say so; `ids` name what form and address don't."""
    return said(act, done(it, act, **ids), to=to)


def done(it: FormContext, act: AnyAct, **ids: str) -> Performed[Any, Any]:
    """Do what the form asks for."""
    named = {name: ids.get(name) or _id(it, name) for name in names_in(act.subject.path)}
    subject = act.find(it.context, named)
    given = given_in(it.form, act.fields, zone=it.found.timezone if it.found else "UTC")
    return Performed(it.context, subject, given, act.perform(it.context, subject, given))


def said(act: AnyAct, done: Performed[Any, Any], *, to: str | None = None) -> Notice:
    """What the next page says, with what is shown this once."""
    return Notice(text=act.told(done), secrets=act.secrets(done) if act.secrets else (), to=to)


def _id(it: FormContext, name: str) -> str:
    return it.form.text(name) or str(it.request.path_params.get(name, ""))


def _endpoint(which: str, act: AnyAct, view: View, below: int) -> Callable[..., Response]:
    def do(it: FormContext) -> Notice:
        return perform(it, act, to=it.request.url.path.rsplit("/", below)[0])

    def endpoint(asked: ActRequest) -> Response:
        return asked.act(do, view=view, which=which)

    endpoint.__annotations__["asked"] = OwnersForm if act.role is Role.OWNER else FormSent
    endpoint.__doc__ = act.summary
    return endpoint
