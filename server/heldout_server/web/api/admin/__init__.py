"""The organizers' API, one noun a file. Everything that the console does is a call here."""

from fastapi import APIRouter

from heldout_server.web.api.admin import (
    act_routes,
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
from heldout_server.web.organizer_acts import ACTS

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
act_routes.add(router, *ACTS.acts)

__all__ = ["router"]
