"""Shapes of exports."""

from __future__ import annotations

from pydantic import Field

from heldout_server.web.schemas.public import Shape


class ImportedOut(Shape):
    """The competition that is here now."""

    competition: str = Field(examples=["mnist"])
