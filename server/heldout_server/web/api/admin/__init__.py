"""The organizers' API, one noun a file. Everything that the console does is a call here."""

from fastapi import APIRouter

from heldout_server.web.api.admin import (
    announcements,
    audit,
    baselines,
    competitions,
    exports,
    login,
    organizers,
    participants,
    phases,
    projector,
    rescores,
    roster,
    submissions,
    teams,
    undoing,
    webhooks,
)

router = APIRouter(prefix="/admin", tags=["admin"])
for module in (login, organizers, competitions, phases, participants, teams, roster, audit):
    router.include_router(module.router)
for module in (
    submissions,
    rescores,
    baselines,
    announcements,
    projector,
    webhooks,
    undoing,
    exports,
):
    router.include_router(module.router)

__all__ = ["router"]
