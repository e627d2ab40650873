"""Whether the server can take submissions."""

from fastapi import APIRouter, Response

from heldout_server import __version__
from heldout_server.jobs import ledger
from heldout_server.web.deps import ServicesDep
from heldout_server.web.schemas import HealthOut, ModelsHealthOut

router = APIRouter(tags=["health"])


@router.get("/health", responses={503: {"model": HealthOut}})
def get_health(response: Response, services: ServicesDep) -> HealthOut:
    """200 when submissions can be taken; 503 with what is wrong when they can't."""
    health = services.check_health()
    queue = {"waiting": 0, "running": 0}
    if health.accepting:
        with services.database.read() as session:
            queue = ledger.counts(session)
    else:
        response.status_code = 503
    return HealthOut(
        status="ok" if health.accepting else "unavailable",
        version=__version__,
        accepting=health.accepting,
        checks=health.checks,
        models=ModelsHealthOut.model_validate(health.models),
        queue=queue,
    )
