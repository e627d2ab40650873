"""The organizers' API, one noun a file. Everything that the console does is a call here."""

from heldout_server.web.api.admin import (
    act_routes,
    announcements,
    audit,
    baselines,
    competitions,
    contests,
    exports,
    grades,
    login,
    organizers,
    participants,
    phases,
    projector,
    rescores,
    roster,
    submissions,
    teams,
    twins,
    undoing,
    webhooks,
)
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.routes import Routes

router = Routes(prefix="/admin", tags=["admin"])
for module in (login, organizers, competitions, phases, participants, teams, roster, audit):
    router.include_router(module.router)
for module in (
    submissions,
    twins,
    rescores,
    baselines,
    announcements,
    projector,
    webhooks,
    undoing,
    exports,
    grades,
    contests,
):
    router.include_router(module.router)
act_routes.add(router, *ACTS.acts)

__all__ = ["router"]
