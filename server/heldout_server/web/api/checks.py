"""The free check: a file over practice images; nothing is stored, ranked or counted."""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool

from heldout_server.blobs import IncomingBlob
from heldout_server.kit.errors import ProblemError, Rejection
from heldout_server.models import Competition
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.submissions.announce import check_size, limit_bytes
from heldout_server.tasks import scores
from heldout_server.web.api.uploads import RAW_BODY
from heldout_server.web.deps import CallersCompetition, CallingParticipant, ServicesDep
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.from_rows import reading
from heldout_server.web.schemas.public import (
    CheckOut,
    PracticeMetricsOut,
    Preprocessing,
    ReceiptOut,
    VerdictOut,
)
from heldout_server.web.services import Services

router = Routes(prefix="/checks", tags=["submissions"])


@router.post("", openapi_extra=RAW_BODY)
async def check_a_file(
    request: Request,
    caller: CallingParticipant,
    competition: CallersCompetition,
    services: ServicesDep,
    kind: Annotated[Literal["model", "predictions"], Query(examples=["model"])],
    preprocessing: Preprocessing = "auto",
) -> CheckOut:
    """Try a model or a prediction file on the practice images, whose labels everyone has.

    The file is the raw body. Free: no quota, no rank, and the answer is the result. Predictions
    are for the practice images, in their order.
    """
    with services.checks.turn(str(caller.id)), services.blobs.receive() as blob:
        await _receive(request, blob, competition, kind)
        return await run_in_threadpool(
            _checked, services, blob.flushed(), kind, competition, preprocessing
        )


async def _receive(
    request: Request, blob: IncomingBlob, competition: Competition, kind: str
) -> None:
    length = request.headers.get("content-length", "")
    check_size(competition, kind, int(length[:18]) if length.isdecimal() else 1)
    async for chunk in request.stream():
        if blob.size_bytes + len(chunk) > limit_bytes(competition, kind):
            check_size(competition, kind, blob.size_bytes + len(chunk))
        blob.write(chunk)
    check_size(competition, kind, blob.size_bytes)


def _checked(
    services: Services, file: Path, kind: str, competition: Competition, preprocessing: str
) -> CheckOut:
    try:
        found = services.checker.check(
            file, kind=kind, competition=competition, preprocessing=preprocessing
        )
    except Rejection as rejection:
        return _rejected(rejection)
    except RunnerFailed:
        raise ProblemError(
            "unavailable",
            "The scorer can't check models right now.",
            "Try again in a minute; the organizers can see why.",
            retry_after_seconds=10,
        ) from None
    return _shown(found, competition.metric)


def _rejected(rejection: Rejection) -> CheckOut:
    verdict = VerdictOut(
        code=rejection.code, detail=rejection.detail, hint=rejection.hint, warnings=[]
    )
    return CheckOut(state="rejected", verdict=verdict, score=None, metrics=None, receipt=None)


def _shown(found: dict[str, Any], metric: str) -> CheckOut:
    metrics, receipt = found["metrics"], found["receipt"]
    # By the ranking metric; an older checker says the accuracy alone.
    figure = (metrics.get("figures") or {}).get(metric, metrics.get("accuracy"))
    verdict = VerdictOut(
        code="checked",
        detail="Checked on the practice images; this doesn't count.",
        hint=None,
        warnings=receipt["warnings"],
    )
    return CheckOut(
        state="checked",
        verdict=verdict,
        score=figure,
        score_text=scores.read(figure, metric),
        metric=metric,
        **reading(metric),
        metrics=PracticeMetricsOut(**metrics),
        receipt=ReceiptOut.model_validate(receipt),
    )
