"""Shapes of what projectors show."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from heldout_server.competitions.projector import (
    FEWEST_ROWS,
    FEWEST_SECONDS,
    MOST_ROWS,
    MOST_SECONDS,
    Size,
    Theme,
    View,
)
from heldout_server.web.schemas.public import Shape

# A field that is left out stays as it is.
_UNSET: Any = None


class ProjectorIn(BaseModel):
    """What to change; `seconds` a screenful of at most `rows` stays while it scrolls."""

    view: View = Field(_UNSET, examples=["race"])
    theme: Theme = _UNSET
    size: Size = _UNSET
    scroll: bool = _UNSET
    seconds: int = Field(_UNSET, ge=FEWEST_SECONDS, le=MOST_SECONDS)
    rows: int = Field(_UNSET, ge=FEWEST_ROWS, le=MOST_ROWS)
    qr: bool = _UNSET


class ProjectorOut(Shape):
    """What open projectors show."""

    view: View
    theme: Theme
    size: Size
    scroll: bool
    seconds: int
    rows: int
    qr: bool
