"""The form of a competition's settings, by the API's own shape: what is in there has a field here.

A setting is read by its type and named as in the shape; only what the form shows otherwise (sizes
in megabytes, one site a line, a box that says the opposite) is read by `settings`. Pure.
"""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel

from heldout_server.models import Competition
from heldout_server.web.pages.console.act_fields import read_field, text_of
from heldout_server.web.pages.console.forms import Form


def values(form: Form, shape: type[BaseModel], *, besides: Collection[str]) -> dict[str, object]:
    """What was typed for each field of the shape, `besides` these. Raises ProblemError
    `validation`, which names the field by its title.
    """
    fields = shape.model_fields.items()
    return {
        name: read_field(form, name, field, form.text("timezone"))
        for name, field in fields
        if name not in besides
    }


def texts(competition: Competition, shape: type[BaseModel]) -> dict[str, str]:
    """What fills the form: each field as text, times in the room's zone."""
    return {
        name: text_of(getattr(competition, name), competition.timezone)
        for name in shape.model_fields
    }
