"""Acts as addresses of the organizers' API: one route for each declaration.

The answer is what came of the act, else its subject as it is then; `answers.py` says how it is
shown.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from string import Formatter
from typing import Annotated, Any

from fastapi import Body, Request
from pydantic import BaseModel

from heldout_server.acts.audit_log import Actor
from heldout_server.acts.registry import ActContext, AnyAct, Ids, NoFields
from heldout_server.competitions import queries
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Role
from heldout_server.web.api.admin.access import Acting, ActingOwner
from heldout_server.web.api.admin.answers import Answer, Answering, answer_of
from heldout_server.web.deps import Now, ServicesDep, WriteSession
from heldout_server.web.routes import Routes

NOTHING_SHOWN = 204


def add(router: Routes, *acts: AnyAct) -> None:
    """Give each act that has a route its address below the router's."""
    for act in (one for one in acts if one.route is not None):
        answer = answer_of(act) if act.status != NOTHING_SHOWN else None
        router.add_api_route(
            act.path,
            _endpoint(act, answer),
            methods=[act.method],
            status_code=act.status,
            response_model=answer.shape if answer else None,
            name=act.name,
            description=act.summary,
        )


def names_in(path: str) -> tuple[str, ...]:
    """The names in an address such as "/competitions/{slug}"."""
    return tuple(name for _, name, _, _ in Formatter().parse(path) if name)


def _endpoint(act: AnyAct, answer: Answer | None) -> Callable[..., Any]:
    names = names_in(act.path)

    def endpoint(**given: Any) -> Any:
        body = given.get("body") or act.fields()
        _check_storable(body)
        ids = {name: given[name] for name in names}
        context = _context(given["session"], given["actor"], given["now"], ids)
        subject = act.find(context, ids)
        result = act.perform(context, subject, body)
        if answer is None:
            return None
        shown = Answering(context, given["services"].base_url(given["request"]))
        return answer.show(shown, subject if result is None else result)

    endpoint.__signature__ = _signature(act, names)  # type: ignore[attr-defined]
    return endpoint


def _check_storable(body: BaseModel) -> None:
    """No database looks up or keeps a NUL; halves of characters never get here."""
    for name, value in body:
        if isinstance(value, str) and "\0" in value:
            raise ProblemError(
                "validation",
                f"“{name}” has a character that no text can hold (NUL).",
                "Send it without.",
                field=name,
            )


def _context(session: Any, actor: Actor, now: Any, ids: Ids) -> ActContext:
    found = queries.by_slug(session, ids["slug"], lock=True) if "slug" in ids else None
    return ActContext(session, actor, now, found)


def _signature(act: AnyAct, names: tuple[str, ...]) -> Signature:
    """What FastAPI reads: who calls is asked first, so that strangers learn nothing."""
    asked: dict[str, Any] = dict.fromkeys(names, str)
    asked |= {"actor": ActingOwner if act.role is Role.OWNER else Acting}
    asked |= {"session": WriteSession, "now": Now, "services": ServicesDep, "request": Request}
    parameters = [Parameter(name, Parameter.KEYWORD_ONLY, annotation=asked[name]) for name in asked]
    return Signature([*parameters, *_body(act.fields)])


def _body(fields: type[Any]) -> list[Parameter]:
    """The body, which may be left out when every field may be; none without fields."""
    if fields is NoFields or not issubclass(fields, BaseModel):
        return []
    is_needed = any(field.is_required() for field in fields.model_fields.values())
    shape = Annotated[fields if is_needed else fields | None, Body()]  # type: ignore[valid-type]
    default = Parameter.empty if is_needed else None
    return [Parameter("body", Parameter.KEYWORD_ONLY, annotation=shape, default=default)]
