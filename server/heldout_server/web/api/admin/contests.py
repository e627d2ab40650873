"""Contests as folders, sent as a zip: checked, and opened."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from heldout_server.competitions import queries as competitions
from heldout_server.contests import check
from heldout_server.contests.folder import MOST_BYTES
from heldout_server.contests.problems import Refused, refusing
from heldout_server.kit.errors import ProblemError
from heldout_server.web.api.admin.access import ActingOwner, CallingOwner
from heldout_server.web.api.admin.raw_body import RAW_BODY, receive
from heldout_server.web.deps import Now, ServicesDep
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import admin_from_rows
from heldout_server.web.schemas.contests import (
    CheckedContestOut,
    OpenedContestOut,
    checked_out,
    problems_out,
)

router = Routes()

NO_LABELS = "This server keeps no labels, so it can open no contest."
ADD_THERE = "On the machine that grades: heldout-server contest add FOLDER."


async def sent_zip(
    request: Request, owner: CallingOwner, services: ServicesDep
) -> AsyncIterator[Path]:
    """The body as a file, as long as the request lasts. Raises ProblemError."""
    limit = min(services.settings.import_bytes, MOST_BYTES)
    with tempfile.NamedTemporaryFile(dir=services.work_folder, suffix=".zip") as file:
        await receive(request, file, limit)
        yield Path(file.name)


SentZip = Annotated[Path, Depends(sent_zip)]


@router.post("/contests/check", openapi_extra=RAW_BODY)
async def check_contest(sent: SentZip, services: ServicesDep, now: Now) -> CheckedContestOut:
    """Check a contest's folder, zipped, without opening it: every problem in one list."""
    problems = await run_in_threadpool(check.check, sent, now=now, work=services.work_folder)
    return checked_out(problems)


@router.post("/contests", status_code=201, openapi_extra=RAW_BODY)
async def open_contest(
    actor: ActingOwner, sent: SentZip, request: Request, services: ServicesDep, now: Now
) -> OpenedContestOut:
    """Check a contest's folder, zipped, and open it by its rules: all of it or nothing.

    Refused with every problem of the folder in `problems`. Inverse: archive the competition.
    """

    def opened() -> OpenedContestOut:
        if services.opens is None:
            raise ProblemError("unavailable", NO_LABELS, ADD_THERE)
        made = services.opens(sent, actor=actor, now=now, work=services.work_folder)
        with services.database.read() as session:
            competition = competitions.by_slug(session, made.competition.slug)
            base_url = services.base_url(request)
            shown = admin_from_rows.competition_out(session, competition, base_url, now=now)
        return OpenedContestOut(competition=shown, problems=problems_out(made.warnings))

    try:
        return await run_in_threadpool(opened)
    except Refused as refused:
        raise as_problem(refused) from None


def as_problem(refused: Refused) -> ProblemError:
    """The refusal of a request whose folder has problems: all of them go along."""
    count = len(refusing(refused.problems))
    first = refusing(refused.problems)[0]
    many = f"The contest has {count} problems, so it wasn't opened. The first: "
    return ProblemError(
        "validation",
        (many if count > 1 else "The contest wasn't opened: ") + f"{first.file}: {first.what}",
        first.cure,
        problems=[problem.to_dict() for problem in refused.problems],
    )
