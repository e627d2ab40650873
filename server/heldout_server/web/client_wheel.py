"""The client's own wheel, for notebooks in a room without internet."""

from html import escape

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

from heldout_server.kit.errors import ProblemError
from heldout_server.web.deps import ServicesDep

router = APIRouter(prefix="/client", tags=["client"])


@router.get("/", response_class=HTMLResponse)
def list_wheels(services: ServicesDep) -> Response:
    """A listing that pip reads as well: `pip install --find-links URL heldout`."""
    name = escape(services.wheel_name())
    title = "heldout: the client"
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body><h1>{title}</h1><p><a href="{name}">{name}</a></p></body></html>'
    )


@router.get("/{filename}", response_class=FileResponse)
def get_wheel(filename: str, services: ServicesDep) -> FileResponse:
    """The wheel itself."""
    if filename != services.wheel_name():
        raise ProblemError(
            "not_found",
            "The client is not here under this name.",
            f"It is /client/{services.wheel_name()}.",
        )
    return FileResponse(
        services.wheels / filename, media_type="application/octet-stream", filename=filename
    )
