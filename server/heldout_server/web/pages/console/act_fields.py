"""The fields of an act in a form: drawn by their types, and read back by the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import Any, TypeVar, get_args

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from heldout_server.acts.registry import AnyAct
from heldout_server.web.pages.console.forms import Form, local, shaped

Shape = TypeVar("Shape", bound=BaseModel)
FOR_PROGRAMS = re.compile(r"\s*(Inverse:|Send an Idempotency-Key:|Has no inverse).*")
BOUNDS = {"ge": "min", "le": "max", "max_length": "maxlength", "min_length": "minlength"}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: its name, what stands beside it, which `<input>` it is, within which bounds."""

    name: str
    label: str
    hint: str
    type: str
    required: bool
    value: str
    bounds: Mapping[str, object]


def fields_of(act: AnyAct, values: Mapping[str, object] | None = None) -> tuple[FieldView, ...]:
    """What the act's form asks for, filled with `values`, else with the defaults."""
    shape: type[BaseModel] = act.fields
    given = values or {}
    return tuple(_view(name, it, given.get(name)) for name, it in shape.model_fields.items())


def explanation(act: AnyAct) -> str:
    """What the act does, for whoever is about to: its docstring, but for what programs need."""
    said = FOR_PROGRAMS.sub("", " ".join(act.summary.split()))
    return f"{said} “Undo” takes it back." if act.inverse else said


def given_in(form: Form, shape: type[Shape], *, zone: str) -> Shape:
    """What was typed, as the act takes it; what is empty and may be is left out.

    Raises ProblemError `validation`, which names the field by its title.
    """
    asked = {n: it for n, it in shape.model_fields.items() if it.is_required() or form.text(n)}
    return shaped(shape, {name: read_field(form, name, it, zone) for name, it in asked.items()})


def label_of(name: str, field: FieldInfo) -> str:
    """What stands beside a field."""
    return field.title or name.replace("_", " ").capitalize()


def read_field(form: Form, name: str, field: FieldInfo, zone: str) -> Any:
    """One field by its type. Raises ProblemError `validation`."""
    types, label = set(types_in(field.annotation)), label_of(name, field)
    if bool in types:
        return form.ticked(name)
    if AwareDatetime in types or datetime in types:
        return form.moment(name, zone, label)
    if int in types:
        return form.whole(name, label) if NoneType in types else form.needed(name, label)
    if list in types:
        return form.all(name)
    return form.lines(name) or (None if NoneType in types else "")


def types_in(annotation: Any) -> Iterator[Any]:
    """The types in an annotation such as `Annotated[int, …] | None`; of a list, `list` too."""
    yield getattr(annotation, "__origin__", annotation)
    for part in get_args(annotation):
        yield from types_in(part)


def text_of(value: object, zone: str) -> str:
    """A value as its field holds it; times in the room's zone."""
    if isinstance(value, datetime):
        return local(value, zone)
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _view(name: str, field: FieldInfo, value: object) -> FieldView:
    types = set(types_in(field.annotation))
    default = None if field.is_required() else field.get_default(call_default_factory=False)
    return FieldView(
        name=name,
        label=label_of(name, field),
        hint=field.description or "",
        type=_input(types),
        required=field.is_required() and NoneType not in types,
        value=text_of(default if value is None else value, "UTC"),
        bounds=_bounds(field),
    )


def _input(types: set[Any]) -> str:
    if bool in types:
        return "checkbox"
    if AwareDatetime in types or datetime in types:
        return "datetime-local"
    return "number" if int in types else "text"


def _bounds(field: FieldInfo) -> dict[str, object]:
    found = {}
    for rule in field.metadata:
        for name, attribute in BOUNDS.items():
            if (limit := getattr(rule, name, None)) is not None:
                found[attribute] = limit
    return found
