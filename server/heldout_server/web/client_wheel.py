"""The client's own wheel, for notebooks in a room without internet."""

from functools import cache
from html import escape

from fastapi import Response
from fastapi.responses import HTMLResponse

from heldout_server.kit.errors import ProblemError
from heldout_server.kit.rebuilt_wheel import Wheel, rebuilt
from heldout_server.web.routes import Routes

router = Routes(prefix="/client", tags=["client"])

CLIENT = "heldout"


@cache
def offered() -> Wheel:
    """The client that is installed beside this server, as it was when somebody first asked.

    Raises FileNotFoundError in a broken installation.
    """
    return rebuilt(CLIENT)


@router.get("/", response_class=HTMLResponse)
def list_wheels() -> Response:
    """A listing that pip reads as well: `pip install --find-links URL heldout`."""
    name = escape(offered().name)
    title = "heldout: the client"
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body><h1>{title}</h1><p><a href="{name}">{name}</a></p></body></html>'
    )


@router.get("/{filename}", response_class=Response)
def get_wheel(filename: str) -> Response:
    """The wheel itself."""
    wheel = offered()
    if filename != wheel.name:
        raise ProblemError(
            "not_found",
            "The client is not here under this name.",
            f"It is /client/{wheel.name}.",
        )
    return Response(
        wheel.content,
        media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="{wheel.name}"'},
    )
