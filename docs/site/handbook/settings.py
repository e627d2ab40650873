"""The reference of settings, read from the settings model."""

from __future__ import annotations

from pydantic_core import PydanticUndefined

from handbook.markdown import table
from heldout_server.kit.settings import Settings


def text() -> str:
    """A table of every setting: its variable, its default, what it does."""
    rows = [
        (f"`HELDOUT_{name.upper()}`", _default(field.default), field.description or "")
        for name, field in sorted(Settings.model_fields.items())
    ]
    return table(("setting", "default", "what it does"), rows)


def _default(value: object) -> str:
    nothing = value in {None, (), PydanticUndefined} or not str(value)
    return "" if nothing else f"`{value}`"
