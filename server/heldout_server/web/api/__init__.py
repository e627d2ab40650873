"""The REST API, one noun a file."""

from fastapi import APIRouter

from heldout_server.web.api import (
    admin,
    at_once,
    checks,
    competitions,
    events,
    joining,
    me,
    self_service,
    submissions,
    uploads,
)
from heldout_server.web.schemas import ProblemOut

router = APIRouter(
    prefix="/api/v1", responses={"default": {"model": ProblemOut, "description": "Refused"}}
)
for module in (
    joining,
    competitions,
    events,
    me,
    self_service,
    at_once,
    submissions,
    uploads,
    checks,
    admin,
):
    router.include_router(module.router)

__all__ = ["router"]
