"""Shapes of what projectors show."""

from __future__ import annotations

from heldout_server.competitions.projector import Size, Theme, View
from heldout_server.web.schemas.public import Shape


class ProjectorOut(Shape):
    """What open projectors show."""

    view: View
    theme: Theme
    size: Size
    scroll: bool
    seconds: int
    rows: int
    qr: bool
