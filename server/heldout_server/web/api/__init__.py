"""The REST API, one noun a file."""

from fastapi import APIRouter

from heldout_server.web.api import (
    admin,
    checks,
    competitions,
    events,
    joining,
    me,
    self_service,
    submissions,
    submit_multipart,
    uploads,
)
from heldout_server.web.schemas.public import ProblemOut

router = APIRouter(
    prefix="/api/v1", responses={"default": {"model": ProblemOut, "description": "Refused"}}
)
for module in (
    joining,
    competitions,
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
