"""Shapes of contests as folders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from heldout_server.contests.problems import Problem, refusing
from heldout_server.web.schemas.competitions import AdminCompetitionOut
from heldout_server.web.schemas.public import Shape


class ContestProblemOut(Shape):
    """One thing that is wrong with a folder, or (a warning) worth a look."""

    file: str = Field(examples=["labels.csv"])
    line: int | None = Field(description="From 1; null: the whole file.")
    code: str = Field(examples=["label_unknown"])
    what: str
    cure: str
    severity: Literal["problem", "warning"]


class CheckedContestOut(Shape):
    """Everything that was found; `fine`: there are warnings at most, so it can be opened."""

    fine: bool
    problems: list[ContestProblemOut]


class OpenedContestOut(Shape):
    """The competition that was opened, and the warnings about its folder."""

    competition: AdminCompetitionOut
    problems: list[ContestProblemOut]


def problems_out(problems: list[Problem]) -> list[ContestProblemOut]:
    """The same problems as JSON."""
    return [ContestProblemOut(**problem.to_dict()) for problem in problems]


def checked_out(problems: list[Problem]) -> CheckedContestOut:
    """What a check found."""
    return CheckedContestOut(fine=not refusing(problems), problems=problems_out(problems))
