"""The REST API, one noun a file."""

from heldout_server.web.api import (
    admin,
    checks,
    competitions,
    data,
    drawn_finals,
    events,
    joining,
    me,
    self_service,
    submissions,
    submit_multipart,
    uploads,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.public import ProblemOut

router = Routes(
    prefix="/api/v1", responses={"default": {"model": ProblemOut, "description": "Refused"}}
)
for module in (
    joining,
    competitions,
    data,
    drawn_finals,
    events,
    me,
    self_service,
    submit_multipart,
    submissions,
    uploads,
    checks,
    admin,
):
    router.include_router(module.router)

__all__ = ["router"]
