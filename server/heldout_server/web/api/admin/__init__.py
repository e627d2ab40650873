"""The organizers' API, one noun a file. Everything that the console does is a call here."""

from fastapi import APIRouter

from heldout_server.web.api.admin import (
    audit,
    competitions,
    organizers,
    participants,
    phases,
    roster,
    signing_in,
    teams,
)

router = APIRouter(prefix="/admin", tags=["admin"])
for module in (signing_in, organizers, competitions, phases, participants, teams, roster, audit):
    router.include_router(module.router)

__all__ = ["router"]
