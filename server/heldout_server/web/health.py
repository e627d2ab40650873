"""Whether the server lives, and whether it can take work: two questions for two kinds of watch.

A process that lives but can't work (its database is down) must not be restarted for it, only
left out by the proxy: `/health` answers 200 as long as it answers at all, `/ready` doesn't. Both
may be asked by anybody, so what was looked up is kept for a moment.
"""

from collections.abc import Callable

from heldout_server import __version__
from heldout_server.jobs import ledger
from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError
from heldout_server.web.deps import ServicesDep
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.health import HealthOut, ModelsHealthOut, ReadyOut
from heldout_server.web.schemas.public import ProblemOut
from heldout_server.web.services import Health, Vitals

router = Routes(tags=["health"])

LOOK_AGAIN_SECONDS = 5


def look(database: Database, check_health: Callable[[], Health]) -> Vitals:
    """Everything that is asked for here, looked up."""
    health = check_health()
    queue = {"waiting": 0, "running": 0}
    if health.accepting:
        with database.read() as session:
            queue = ledger.counts(session)
    return Vitals(health, queue)


@router.get("/health")
async def get_health(services: ServicesDep) -> HealthOut:
    """200 while the process lives. `accepting` and `checks` say whether it can take work."""
    vitals = await services.vitals.get()
    health = vitals.health
    return HealthOut(
        status="ok" if health.accepting else "unavailable",
        version=__version__,
        accepting=health.accepting,
        checks=health.checks,
        models=ModelsHealthOut.model_validate(health.models),
        queue=vitals.queue,
    )


@router.get("/ready", responses={503: {"model": ProblemOut}})
async def get_ready(services: ServicesDep) -> ReadyOut:
    """200 when submissions can be taken; 503 with what is wrong when they can't."""
    stopping = {"server": "is stopping"} if services.stream.stopping else {}
    checks = stopping | (await services.vitals.get()).health.checks
    wrong = [f"{name} {result}" for name, result in checks.items() if result != "ok"]
    if wrong:
        raise ProblemError(
            "unavailable",
            f"This server can't take work right now: {'; '.join(wrong)}.",
            "It takes work again by itself once this is mended; heldout-server doctor says how.",
            retry_after_seconds=LOOK_AGAIN_SECONDS,
            checks=checks,
        )
    return ReadyOut(ready=True, checks=checks)
