"""The addresses that a room types, scans and hangs on the wall, each formed in one place. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from heldout_server.models import Competition, Joining

SHORT = "/j"


def room_code(competition: Competition) -> str:
    """The code that the whole room types; empty where none is needed, or each has their own."""
    takes_it = competition.joining in {Joining.CODE, Joining.SCHOOL_OR_CODE}
    return competition.join_code if takes_it else ""


def short_path(code: str = "") -> str:
    """`/j`, to be typed, or `/j/CODE`, to be scanned."""
    return f"{SHORT}/{quote(code, safe='')}" if code else SHORT


def join_path(slug: str, code: str = "") -> str:
    """The join page, its code filled in."""
    return f"/c/{slug}/join{_query(code)}"


def starter_path(slug: str, code: str = "") -> str:
    """The lesson's notebook, with the code filled in."""
    return f"/c/{slug}/starter.ipynb{_query(code)}"


def tv_path(slug: str, code: str = "") -> str:
    """The projector's page; with the code, its QR code opens the join page ready to be sent."""
    return f"/c/{slug}/tv{_query(code)}"


def screen_path(slug: str) -> str:
    """Leads to the projector's page, with the code where a signed-in organizer asks for it.

    Public pages are the same for everybody, so they can't know who that is.
    """
    return f"/organize/c/{slug}/projector/screen"


def _query(code: str) -> str:
    return f"?{urlencode({'code': code})}" if code else ""
