"""The form of a competition's settings, by the API's own shape: what is in there has a field here.

A setting is read by its type and named as in the shape; only what the form shows otherwise (sizes
in megabytes, one site a line, a box that says the opposite) is read by `settings`. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from types import NoneType
from typing import Any, get_args

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from heldout_server.models import Competition
from heldout_server.web.pages.console.forms import Form, local


def values(form: Form, shape: type[BaseModel], *, besides: Collection[str]) -> dict[str, object]:
    """What was typed for each field of the shape, `besides` these. Raises ProblemError
    `validation`, which names the field by its title.
    """
    fields = shape.model_fields.items()
    return {name: _read(form, name, field) for name, field in fields if name not in besides}


def texts(competition: Competition, shape: type[BaseModel]) -> dict[str, str]:
    """What fills the form: each field as text, times in the room's zone."""
    return {name: _text(getattr(competition, name), competition) for name in shape.model_fields}


def _read(form: Form, name: str, field: FieldInfo) -> object:
    types = set(_types(field.annotation))
    label = field.title or name.replace("_", " ").capitalize()
    if bool in types:
        return form.ticked(name)
    if AwareDatetime in types:
        return form.moment(name, form.text("timezone"), label)
    if int in types:
        return form.whole(name, label) if NoneType in types else form.needed(name, label)
    return form.all(name) if list in types else form.lines(name)


def _types(annotation: Any) -> Iterator[Any]:
    """The types in an annotation such as `Annotated[int, …] | None`; of a list, `list` too."""
    yield getattr(annotation, "__origin__", annotation)
    for part in get_args(annotation):
        yield from _types(part)


def _text(value: object, competition: Competition) -> str:
    if isinstance(value, datetime):
        return local(value, competition.timezone)
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)
