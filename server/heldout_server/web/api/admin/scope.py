"""The competition that an address names, in the request's own transaction."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from heldout_server.competitions import queries as competitions
from heldout_server.models import Competition
from heldout_server.web.deps import ReadSession, WriteSession

PageLength = Annotated[int, Query(ge=1, le=200)]
BeforeRow = Annotated[
    int | None, Query(ge=0, lt=2**31, description="`next` of the page before this one.")
]


def competition_read(slug: str, session: ReadSession) -> Competition:
    """The competition, to look at. Raises ProblemError `not_found`."""
    return competitions.by_slug(session, slug)


def competition_written(slug: str, session: WriteSession) -> Competition:
    """The competition, to change. Raises ProblemError `not_found`."""
    return competitions.by_slug(session, slug)


LookedAt = Annotated[Competition, Depends(competition_read, scope="function")]
Changed = Annotated[Competition, Depends(competition_written, scope="function")]


def row_id(competition: Competition) -> int:
    """The competition's row id; stored ones have one."""
    assert competition.id is not None
    return competition.id
